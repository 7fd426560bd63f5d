use futures::future::{join_all, try_join_all};
use lambda::{Deadline, dispatch::Dispatch, message::DeliveryMessage, telemetry::Metric};
use store::{
    DueEntry, DueItem, DynamoWaitingDeliveries, DynamoWatchdog, StoreError, StoredDelivery, Table,
    WaitingDelivery,
};
use time::{Duration, OffsetDateTime};

use crate::{BATCH, MARGIN, calls::Calls, turns::take_turns};

/// Entries of a shard that are ordered fairly among their endpoints before the first of them is
/// dispatched. An entry is two keys: some 200 bytes.
const ENTRIES: usize = 4_000;

/// Dispatches the deliveries that are due, and the backlogs that nobody works on. That a delivery
/// waited is its schedule, not a fault.
///
/// Sends first and reschedules afterwards: a process that dies in between sends a message twice,
/// which is harmless.
pub struct DeliverySweeper {
    waiting: DynamoWaitingDeliveries,
    watchdog: Duration,
    calls: Calls,
}

impl DeliverySweeper {
    /// For the deliveries of this table. One whose message is lost is due again after `watchdog`.
    pub fn new(table: &Table, watchdog: Duration) -> Self {
        Self::sharing(table, watchdog, Calls::new())
    }

    pub(crate) fn sharing(table: &Table, watchdog: Duration, calls: Calls) -> Self {
        Self { waiting: DynamoWaitingDeliveries::new(table.clone()), watchdog, calls }
    }

    /// Sends by `queue` what is due, all shards at once, until everything is sent or `deadline` is
    /// near. Returns the number of messages sent.
    ///
    /// # Errors
    /// The database failed for a shard; the others were swept all the same.
    pub async fn sweep(
        &self,
        queue: &impl Dispatch,
        now: OffsetDateTime,
        deadline: Deadline,
    ) -> Result<usize, StoreError> {
        let shards =
            (0..DynamoWatchdog::SHARDS).map(|shard| self.shard(queue, shard, now, deadline));
        let (mut sent, mut failure) = (0, None);
        for swept in join_all(shards).await {
            match swept {
                Ok(count) => sent += count,
                Err(error) => failure = Some(error),
            }
        }
        if sent > 0 {
            tracing::info!(sent, "deliveries due");
        }
        failure.map_or(Ok(sent), Err)
    }

    async fn shard(
        &self,
        queue: &impl Dispatch,
        shard: u8,
        now: OffsetDateTime,
        deadline: Deadline,
    ) -> Result<usize, StoreError> {
        let (mut sent, mut position) = (0, None);
        loop {
            let page = self.waiting.due(shard, now, ENTRIES, position);
            let (entries, more) = self.calls.run(page).await?;
            let entries: Vec<DueEntry> =
                take_turns(entries, |entry| entry.endpoint().clone()).collect();
            for batch in entries.chunks(BATCH) {
                if deadline.remaining() < MARGIN {
                    return Ok(sent);
                }
                sent += self.dispatch(queue, batch, now).await?;
            }
            position = more;
            if position.is_none() {
                return Ok(sent);
            }
        }
    }

    async fn dispatch(
        &self,
        queue: &impl Dispatch,
        entries: &[DueEntry],
        now: OffsetDateTime,
    ) -> Result<usize, StoreError> {
        let (mut waiting, mut slots) = (Vec::new(), Vec::new());
        for item in self.calls.run(self.waiting.read(entries, now)).await? {
            match item {
                Ok(DueItem::Delivery(delivery)) => waiting.push(delivery),
                Ok(DueItem::Slot(slot)) => slots.push(slot),
                // One item that cannot be read must not stop those behind it.
                Err(error) => {
                    tracing::error!(%error, "due delivery not readable");
                    Metric::count("DeliveriesNotReadable", 1).emit();
                }
            }
        }
        let due = now + self.watchdog;
        let next = slots.iter().map(|slot| self.calls.run(self.waiting.next_of(slot, now, due)));
        let next = try_join_all(next).await?.into_iter().flatten();
        let bodies = waiting.iter().map(of_waiting).chain(next.map(|next| of_backlog(&next)));
        let messages: Vec<_> = bodies.map(|body| (body, std::time::Duration::ZERO)).collect();
        if messages.is_empty() {
            return Ok(0);
        }
        let count = messages.len();
        let unsent = self.calls.run(queue.send(messages)).await;
        let sent = waiting.iter().enumerate().filter(|(index, _)| !unsent.contains(index));
        let rescheduled = sent.map(|(_, delivery)| {
            self.calls.run(self.waiting.reschedule(delivery, self.watchdog, now))
        });
        try_join_all(rescheduled).await?;
        Ok(count - unsent.len())
    }
}

fn of_waiting(due: &WaitingDelivery) -> String {
    DeliveryMessage::of(&due.delivery, &due.tenant, &due.correlation_id).to_body()
}

fn of_backlog(next: &StoredDelivery) -> String {
    let StoredDelivery { delivery, tenant, correlation_id, .. } = next;
    DeliveryMessage::of(delivery, tenant, correlation_id).from_backlog().to_body()
}
