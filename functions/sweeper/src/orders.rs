use std::{collections::BTreeSet, time::Duration as StdDuration};

use domain::{identity::Tenant, order::OrderKind};
use futures::future::join_all;
use lambda::{
    Deadline,
    dispatch::Dispatch,
    message::OrderMessage,
    telemetry::{About, Metric},
};
use store::{DueOrders, DynamoWatchdog, OpenOrder, StoreError, Table};
use time::{Duration, OffsetDateTime};
use tracing::Span;

use crate::{BATCH, MARGIN, Queues, calls::Calls, keep_going, turns::take_turns};

/// Orders of a shard that are ordered fairly among their owners before the first of them is
/// dispatched: all that are overdue after an outage. An order is some 500 bytes here.
const WINDOW: usize = 8_000;

/// Dispatches the orders that are overdue.
///
/// Sends first and reschedules afterwards: a process that dies in between sends a message twice,
/// which is harmless; the other way round could lose it.
pub(crate) struct OrderSweeper {
    orders: DynamoWatchdog,
    watchdog: Duration,
    calls: Calls,
}

impl OrderSweeper {
    pub(crate) fn new(table: &Table, watchdog: Duration, calls: Calls) -> Self {
        Self { orders: DynamoWatchdog::new(table.clone()), watchdog, calls }
    }

    /// Sends what is overdue, all shards at once, until everything is sent or `deadline` is near.
    /// Returns how many orders should not have been overdue, as far as they were looked at.
    pub(crate) async fn sweep<D: Dispatch>(
        &self,
        queues: &Queues<D>,
        now: OffsetDateTime,
        deadline: Deadline,
    ) -> Result<usize, StoreError> {
        let shards = (0..DynamoWatchdog::SHARDS).map(|shard| self.window(shard, now, None));
        let (mut late, mut failure, mut windows) = (0, None, Vec::new());
        for (shard, read) in (0..).zip(join_all(shards).await) {
            match read {
                Ok(due) => {
                    late += due.orders.iter().filter(|order| order.is_late(now)).count();
                    late += due.unreadable;
                    windows.push((shard, due));
                }
                // One shard that fails keeps no other from being swept.
                Err(error) => failure = Some(error),
            }
        }
        // Before anything is sent: a queue that is slow hides no alarm.
        Metric::count("OrdersOverdue", u32::try_from(late).unwrap_or(u32::MAX)).emit();
        let driven = windows
            .into_iter()
            .map(|(shard, due)| Box::pin(self.drive_shard(queues, shard, due, (now, deadline))));
        for driven in join_all(driven).await {
            failure = driven.err().or(failure);
        }
        failure.map_or(Ok(late), Err)
    }

    async fn window(
        &self,
        shard: u8,
        now: OffsetDateTime,
        start: Option<store::DuePosition>,
    ) -> Result<DueOrders, StoreError> {
        self.calls.run(self.orders.overdue_from(shard, now, WINDOW, start)).await
    }

    async fn drive_shard<D: Dispatch>(
        &self,
        queues: &Queues<D>,
        shard: u8,
        mut due: DueOrders,
        (now, deadline): (OffsetDateTime, Deadline),
    ) -> Result<(), StoreError> {
        loop {
            let mut orders = take_turns(due.orders, |order| order.owner.clone());
            loop {
                let some: Vec<OpenOrder> = orders.by_ref().take(BATCH).collect();
                if some.is_empty() {
                    break;
                }
                if deadline.remaining() < MARGIN {
                    return Ok(());
                }
                self.drive(queues, &some, now).await?;
            }
            let Some(next) = due.next else { return Ok(()) };
            due = self.window(shard, now, Some(next)).await?;
        }
    }

    /// Drives some orders again. Those whose messages are not all taken stay due.
    async fn drive<D: Dispatch>(
        &self,
        queues: &Queues<D>,
        orders: &[OpenOrder],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let (idle, active): (Vec<_>, Vec<_>) =
            orders.iter().partition(|order| !order.unpublished && !order.works(now));
        let sent = queues.send(&self.calls, &active, |order| order.works(now)).await;
        let cleared =
            idle.iter().map(|order| self.calls.run(self.orders.clear_watchdog(order, now)));
        for (order, cleared) in idle.iter().zip(join_all(cleared).await) {
            keep_going(cleared, &order.id)?;
        }
        let until = now + self.watchdog;
        let rescheduled =
            sent.iter().map(|order| self.calls.run(self.orders.reschedule(order, until, now)));
        for (order, rescheduled) in sent.iter().zip(join_all(rescheduled).await) {
            keep_going(rescheduled, &order.id)?;
        }
        Ok(())
    }
}

impl<D: Dispatch> Queues<D> {
    /// Calls the worker of each order that `works`, and the fan-out for those of which something
    /// is unpublished. Returns the orders whose messages were all taken.
    pub(crate) async fn send<'o>(
        &self,
        calls: &Calls,
        orders: &[&'o OpenOrder],
        works: impl Fn(&OpenOrder) -> bool,
    ) -> Vec<&'o OpenOrder> {
        let mut refused = BTreeSet::new();
        for kind in OrderKind::ALL {
            let of_kind = |order: &OpenOrder| order.kind == kind && works(order);
            let some: Vec<&OpenOrder> =
                orders.iter().copied().filter(|order| of_kind(order)).collect();
            match self.work.get(&kind) {
                Some(queue) => refused.extend(unsent(calls, queue, &some).await),
                None => {
                    for order in some {
                        about(order).in_scope(|| {
                            tracing::error!("no queue for this kind of order");
                        });
                        refused.insert(order.id.as_str());
                    }
                }
            }
        }
        let is_left = |order: &&OpenOrder| !refused.contains(order.id.as_str());
        let unpublished = orders.iter().copied().filter(|order| order.unpublished);
        let unpublished: Vec<&OpenOrder> = unpublished.filter(is_left).collect();
        refused.extend(unsent(calls, &self.events, &unpublished).await);
        let is_sent = |order: &&OpenOrder| !refused.contains(order.id.as_str());
        let sent: Vec<&'o OpenOrder> = orders.iter().copied().filter(is_sent).collect();
        for order in &sent {
            about(order).in_scope(|| tracing::warn!("order driven again"));
        }
        sent
    }
}

/// Sends the messages of some orders to one queue. Returns the ids of those it did not take.
async fn unsent<'o>(
    calls: &Calls,
    queue: &impl Dispatch,
    orders: &[&'o OpenOrder],
) -> Vec<&'o str> {
    let mut unsent = Vec::new();
    for some in orders.chunks(BATCH) {
        let messages = some.iter().map(|order| (message(order), StdDuration::ZERO)).collect();
        for index in calls.run(queue.send(messages)).await {
            about(some[index]).in_scope(|| tracing::warn!("order: message not taken"));
            unsent.push(some[index].id.as_str());
        }
    }
    unsent
}

/// The span of the lines about an order.
fn about(order: &OpenOrder) -> Span {
    let tenant = order.tenant.as_ref().map(Tenant::as_str);
    About::order(&order.id, &order.correlation_id, tenant).span()
}

fn message(order: &OpenOrder) -> String {
    let message = OrderMessage {
        order_id: order.id.clone(),
        revision: order.revision,
        correlation_id: order.correlation_id.clone(),
        tenant: order.tenant.clone(),
        publication: None,
    };
    // Texts and a number: this cannot fail.
    serde_json::to_string(&message).unwrap_or_default()
}
