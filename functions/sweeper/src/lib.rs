//! Drives every order again that is past its due time: a lost stream record, a lost message, a
//! vanished worker. One mechanism for all (`reliability.md`, *Watchdog*).
//!
//! Sends first and puts the due time off afterwards: dying in between sends a message twice,
//! which is harmless; the other way round could lose it.

use std::{error::Error, sync::Arc};

use aws::{Outgoing, WorkQueue};
use domain::clock::Clock;
use edge::{
    Deadline, message::OrderMessage, scheduled::Job, system::SystemClock, telemetry::Metric,
};
use futures::future::{join_all, try_join_all};
use store::{DynamoWatchdog, OpenOrder, OrderKind, StoreError};
use time::{Duration, OffsetDateTime};

/// The sweeper.
pub struct Sweeper {
    orders: DynamoWatchdog,
    subscription_work: WorkQueue,
    carrier_work: WorkQueue,
    watchdog: Duration,
    clock: Arc<dyn Clock>,
}

impl Sweeper {
    /// Sends the work of subscription and of carrier orders to these queues, and gives it
    /// `watchdog` to happen.
    pub fn new(
        orders: DynamoWatchdog,
        subscription_work: WorkQueue,
        carrier_work: WorkQueue,
        watchdog: Duration,
    ) -> Self {
        Self { orders, subscription_work, carrier_work, watchdog, clock: Arc::new(SystemClock) }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The queue of the worker for orders of this kind.
    const fn queue(&self, kind: OrderKind) -> &WorkQueue {
        match kind {
            OrderKind::Ecc => &self.subscription_work,
            OrderKind::Carrier => &self.carrier_work,
        }
    }

    /// Drives the overdue orders of a shard again. Says how many there were.
    async fn sweep(&self, shard: u8, now: OffsetDateTime) -> Result<usize, StoreError> {
        let overdue = self.orders.overdue(shard, now).await?;
        for order in &overdue {
            self.drive(order, now).await?;
        }
        Ok(overdue.len())
    }

    async fn drive(&self, order: &OpenOrder, now: OffsetDateTime) -> Result<(), StoreError> {
        let message = OrderMessage {
            order_id: order.id.clone(),
            revision: order.revision,
            correlation_id: order.correlation_id.clone(),
        };
        let body = serde_json::to_string(&message)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let (order_id, correlation_id) = (&order.id, &order.correlation_id);
        match self.queue(order.kind).send_batch(&[Outgoing::now(body)]).await {
            Ok(unsent) if unsent.is_empty() => {
                tracing::warn!(order_id, correlation_id, "overdue order driven again");
                self.orders.put_off(order, now + self.watchdog, now).await.map(drop)
            }
            Ok(_) => {
                tracing::warn!(order_id, correlation_id, "overdue order: message not taken");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(order_id, correlation_id, %error, "overdue order: no queue");
                Ok(())
            }
        }
    }

    async fn waiting(&self, now: OffsetDateTime) -> Result<usize, StoreError> {
        let shards = (0..DynamoWatchdog::SHARDS)
            .map(|shard| async move { self.orders.awaiting_a_person(shard, now).await });
        Ok(try_join_all(shards).await?.iter().map(Vec::len).sum())
    }
}

fn figure(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Job for Sweeper {
    async fn run(&self, _: Deadline) -> Result<(), Box<dyn Error + Send + Sync>> {
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
        Metric::count("OrdersOverdue", figure(overdue)).emit();
        let waiting = self.waiting(now).await?;
        Metric::count("OrdersNeedingIntervention", figure(waiting)).emit();
        tracing::info!(overdue, waiting, "swept");
        failure.map_or(Ok(()), |error| Err(error.into()))
    }
}
