use std::time::Duration as StdDuration;

use futures::future::join_all;
use lambda::{dispatch::Dispatch, message::BatchMessage};
use store::{DynamoOverdueBatches, DynamoWatchdog, StoreError, Table};
use time::{Duration, OffsetDateTime};

/// Drives every batch again that has not ended in its time: it may only wait for its orders.
pub(crate) struct BatchSweeper {
    batches: DynamoOverdueBatches,
    watchdog: Duration,
}

impl BatchSweeper {
    pub(crate) fn new(table: &Table, watchdog: Duration) -> Self {
        Self { batches: DynamoOverdueBatches::new(table.clone()), watchdog }
    }

    /// Sends a message for each batch that is due.
    pub(crate) async fn sweep(
        &self,
        queue: &impl Dispatch,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let shards = (0..DynamoWatchdog::SHARDS).map(|shard| self.shard(queue, shard, now));
        join_all(shards).await.into_iter().collect()
    }

    async fn shard(
        &self,
        queue: &impl Dispatch,
        shard: u8,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        for batch in self.batches.due(shard, now).await? {
            let message = BatchMessage {
                batch_id: batch.id,
                index: None,
                correlation_id: batch.correlation_id.clone(),
            };
            if queue.dispatch(vec![(message.to_body(), StdDuration::ZERO)]).await {
                tracing::info!(batch_id = %batch.id, "batch driven again");
                self.batches.reschedule(&batch, now + self.watchdog).await?;
            }
        }
        Ok(())
    }
}
