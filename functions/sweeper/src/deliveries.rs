use std::time::Duration as StdDuration;

use futures::future::join_all;
use lambda::{dispatch::Dispatch, message::DeliveryMessage};
use store::{DynamoWaitingDeliveries, DynamoWatchdog, StoreError, Table};
use time::{Duration, OffsetDateTime};

/// Sends what endpoints are due to be sent. That it waited is its schedule, not a fault.
pub(crate) struct DeliverySweeper {
    waiting: DynamoWaitingDeliveries,
    watchdog: Duration,
}

impl DeliverySweeper {
    pub(crate) fn new(table: &Table, watchdog: Duration) -> Self {
        Self { waiting: DynamoWaitingDeliveries::new(table.clone()), watchdog }
    }

    /// Sends a message for each delivery that is due.
    pub(crate) async fn sweep(
        &self,
        queue: &impl Dispatch,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let shards = (0..DynamoWatchdog::SHARDS).map(|shard| self.shard(queue, shard, now));
        let mut sent = 0;
        let mut failure = None;
        for swept in join_all(shards).await {
            match swept {
                Ok(count) => sent += count,
                Err(error) => failure = Some(error),
            }
        }
        if sent > 0 {
            tracing::info!(sent, "deliveries due");
        }
        failure.map_or(Ok(()), Err)
    }

    async fn shard(
        &self,
        queue: &impl Dispatch,
        shard: u8,
        now: OffsetDateTime,
    ) -> Result<usize, StoreError> {
        let due = self.waiting.due(shard, now).await?;
        for delivery in &due {
            let message =
                DeliveryMessage::of(&delivery.delivery, &delivery.tenant, &delivery.correlation_id);
            if queue.dispatch(vec![(message.to_body(), StdDuration::ZERO)]).await {
                self.waiting.put_off(delivery, now + self.watchdog).await?;
            }
        }
        Ok(due.len())
    }
}
