use std::time::Duration as StdDuration;

use futures::future::join_all;
use lambda::{Deadline, dispatch::Dispatch, message::BatchMessage, telemetry::Metric};
use store::{DynamoOverdueBatches, DynamoWatchdog, OverdueBatch, StoreError, Table};
use time::{Duration, OffsetDateTime};

use crate::{BATCH, MARGIN, calls::Calls, keep_going, turns::take_turns};

/// Batches of a shard that are ordered fairly among their tenants.
const WINDOW: usize = 1_000;

/// Drives every batch again that has not ended in its time: it may only wait for its orders.
pub(crate) struct BatchSweeper {
    batches: DynamoOverdueBatches,
    watchdog: Duration,
    calls: Calls,
}

impl BatchSweeper {
    pub(crate) fn new(table: &Table, watchdog: Duration, calls: Calls) -> Self {
        Self { batches: DynamoOverdueBatches::new(table.clone()), watchdog, calls }
    }

    /// Sends a message for each batch that is due, until `deadline` is near.
    pub(crate) async fn sweep(
        &self,
        queue: &impl Dispatch,
        now: OffsetDateTime,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let shards =
            (0..DynamoWatchdog::SHARDS).map(|shard| self.shard(queue, shard, now, deadline));
        let swept = join_all(shards).await;
        swept.into_iter().find(Result::is_err).unwrap_or(Ok(()))
    }

    async fn shard(
        &self,
        queue: &impl Dispatch,
        shard: u8,
        now: OffsetDateTime,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let mut position = None;
        loop {
            let due = self.calls.run(self.batches.due(shard, now, WINDOW, position)).await?;
            if due.unreadable > 0 {
                let count = u32::try_from(due.unreadable).unwrap_or(u32::MAX);
                Metric::count("BatchesNotReadable", count).emit();
            }
            let batches: Vec<OverdueBatch> =
                take_turns(due.batches, |batch| batch.tenant.clone()).collect();
            for some in batches.chunks(BATCH) {
                if deadline.remaining() < MARGIN {
                    return Ok(());
                }
                self.drive(queue, some, now).await?;
            }
            position = due.next;
            if position.is_none() {
                return Ok(());
            }
        }
    }

    async fn drive(
        &self,
        queue: &impl Dispatch,
        batches: &[OverdueBatch],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let messages = batches.iter().map(|batch| (message(batch), StdDuration::ZERO));
        let unsent = self.calls.run(queue.send(messages.collect())).await;
        let sent = batches.iter().enumerate().filter(|(index, _)| !unsent.contains(index));
        let sent: Vec<&OverdueBatch> = sent.map(|(_, batch)| batch).collect();
        let until = now + self.watchdog;
        let rescheduled =
            sent.iter().map(|batch| self.calls.run(self.batches.reschedule(batch, until)));
        for (batch, rescheduled) in sent.iter().zip(join_all(rescheduled).await) {
            tracing::info!(batch_id = %batch.id, "batch driven again");
            keep_going(rescheduled, &batch.id.to_string())?;
        }
        Ok(())
    }
}

fn message(batch: &OverdueBatch) -> String {
    BatchMessage { batch_id: batch.id, index: None, correlation_id: batch.correlation_id.clone() }
        .to_body()
}
