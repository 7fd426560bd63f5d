//! Drives every order again that is past its due time: a lost stream record, a lost message, a
//! vanished worker. One mechanism for all (`infra/docs/reliability.md`, *Watchdog*).
//!
//! Sends first and puts the due time off afterwards: dying in between sends a message twice,
//! which is harmless; the other way round could lose it.
//!
//! The sweeper knows no kinds of orders: the item says what is due, and its kind names the queue.
//! An item may also name the stock that its order awaits: such an order is driven again as soon as
//! the pool has some, whether imported or returned.

mod batches;
mod deliveries;

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration as StdDuration};

use domain::{clock::Clock, order::OrderKind};
use futures::future::{join_all, try_join_all};
use lambda::{
    Deadline, dispatch::Dispatch, message::OrderMessage, scheduled::Job, system::SystemClock,
    telemetry::Metric,
};
use store::{DynamoStock, DynamoWatchdog, OpenOrder, StoreError, Table};
use time::{Duration, OffsetDateTime};

use batches::BatchSweeper;
pub use deliveries::DeliverySweeper;

/// The queues that the sweeper sends to.
#[derive(Debug)]
pub struct Queues<D> {
    /// Work of orders, by their kind.
    pub work: BTreeMap<OrderKind, D>,
    /// Orders that have something to publish.
    pub events: D,
    /// Messages to endpoints.
    pub deliveries: D,
    /// Work on batches.
    pub batches: D,
}

/// The sweeper.
pub struct Sweeper<D> {
    orders: DynamoWatchdog,
    stock: DynamoStock,
    deliveries: DeliverySweeper,
    batches: BatchSweeper,
    queues: Queues<D>,
    watchdog: Duration,
    clock: Arc<dyn Clock>,
}

impl<D: Dispatch> Sweeper<D> {
    /// Sends the work of the orders in this table to these queues, and gives it `watchdog` to
    /// happen.
    pub fn new(table: &Table, queues: Queues<D>, watchdog: Duration) -> Self {
        Self {
            orders: DynamoWatchdog::new(table.clone()),
            stock: DynamoStock::new(table.clone()),
            deliveries: DeliverySweeper::new(table, watchdog),
            batches: BatchSweeper::new(table, watchdog),
            queues,
            watchdog,
            clock: Arc::new(SystemClock),
        }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Drives the overdue orders of a shard again. Says how many should not have been.
    async fn sweep(&self, shard: u8, now: OffsetDateTime) -> Result<usize, StoreError> {
        let overdue = self.orders.overdue(shard, now).await?;
        for order in &overdue {
            self.drive(order, now).await?;
        }
        Ok(overdue.iter().filter(|order| order.is_late(now)).count())
    }

    async fn drive(&self, order: &OpenOrder, now: OffsetDateTime) -> Result<(), StoreError> {
        let works = order.works(now);
        if !order.unpublished && !works {
            self.orders.clear_watchdog(order, now).await?;
        } else if self.send(order, works).await? {
            self.orders.reschedule(order, now + self.watchdog, now).await?;
        }
        Ok(())
    }

    /// Calls the order's worker, if it `works`, and the fan-out, if something is unpublished.
    /// False: not all was taken.
    async fn send(&self, order: &OpenOrder, works: bool) -> Result<bool, StoreError> {
        let message = OrderMessage {
            order_id: order.id.clone(),
            revision: order.revision,
            correlation_id: order.correlation_id.clone(),
        };
        let body = serde_json::to_string(&message)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let (order_id, correlation_id) = (&order.id, &order.correlation_id);
        let events = order.unpublished.then_some(&self.queues.events);
        let work = self.queues.work.get(&order.kind);
        if works && work.is_none() {
            tracing::error!(order_id, correlation_id, "no queue for this kind of order");
            return Ok(false);
        }
        for queue in work.filter(|_| works).into_iter().chain(events) {
            if !queue.dispatch(vec![(body.clone(), StdDuration::ZERO)]).await {
                tracing::warn!(order_id, correlation_id, "order: message not taken");
                return Ok(false);
            }
        }
        tracing::warn!(order_id, correlation_id, "order driven again");
        Ok(true)
    }

    async fn waiting(&self, now: OffsetDateTime) -> Result<usize, StoreError> {
        let shards = (0..DynamoWatchdog::SHARDS)
            .map(|shard| async move { self.orders.needing_intervention(shard, now).await });
        let waiting: Vec<OpenOrder> = try_join_all(shards).await?.into_iter().flatten().collect();
        // Boxed: the compiler refuses a future as deep as all of this in one.
        Box::pin(self.supply(&waiting)).await?;
        Ok(waiting.len())
    }

    /// Drives the orders again that await stock of which there is some now, as their items say.
    /// Nothing is written: the commit of the worker removes the mark as soon as they go on.
    async fn supply(&self, waiting: &[OpenOrder]) -> Result<(), StoreError> {
        let mut free = BTreeMap::new();
        for order in waiting {
            let Some(wanted) = order.awaited_stock.as_deref() else { continue };
            let there = match free.get(wanted) {
                Some(there) => *there,
                None => self.stock.has_free(wanted).await?,
            };
            free.insert(wanted, there);
            if there {
                self.send(order, true).await?;
            }
        }
        Ok(())
    }
}

fn figure(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl<D: Dispatch> Job for Sweeper<D> {
    async fn run(&self, deadline: Deadline) -> Result<(), Box<dyn Error + Send + Sync>> {
        let now = self.clock.now();
        let shards = (0..DynamoWatchdog::SHARDS).map(|shard| self.sweep(shard, now));
        // One shard that fails keeps no other from being swept.
        let (mut overdue, mut failure) = (0, None);
        for swept in join_all(shards).await {
            match swept {
                Ok(count) => overdue += count,
                Err(error) => failure = Some(error),
            }
        }
        if let Err(error) = self.batches.sweep(&self.queues.batches, now).await {
            failure = Some(error);
        }
        Metric::count("OrdersOverdue", figure(overdue)).emit();
        let mut waiting = 0;
        match self.waiting(now).await {
            Ok(count) => {
                waiting = count;
                Metric::count("OrdersNeedingIntervention", figure(waiting)).emit();
            }
            Err(error) => failure = Some(error),
        }
        // Last: deliveries take all of the time that is left, and nothing may wait for them.
        if let Err(error) = self.deliveries.sweep(&self.queues.deliveries, now, deadline).await {
            failure = Some(error);
        }
        tracing::info!(overdue, waiting, "swept");
        failure.map_or(Ok(()), |error| Err(error.into()))
    }
}
