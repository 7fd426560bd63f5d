//! Publishing what has happened to orders: what of it is not published yet, and that it is.

mod group_commit;
mod pending;

use std::sync::Arc;

use domain::{carrier::OrderId, order::StatusChange};
use time::OffsetDateTime;

use crate::{
    carrier::{DynamoCarrierOrders, StoredNotification},
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number},
    feeds::FeedEvent,
    keys,
    records::BacklogRecord,
    watchdog,
};

use group_commit::{GroupCommit, Mark};
pub use pending::{PendingPublication, Subject};

/// Notifications that are read and pushed at once: each may have 256 KiB, and the function has
/// 128 MB.
const PUSHED_AT_ONCE: usize = 25;

/// Publishes what has happened to orders.
#[derive(Debug, Clone)]
pub struct DynamoPublisher {
    table: Table,
    group: Arc<GroupCommit>,
}

impl DynamoPublisher {
    /// In this table.
    pub fn new(table: Table) -> Self {
        Self { table, group: Arc::default() }
    }

    /// An order and what is not published of it. None: there is no such order.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn pending(&self, id: &str) -> Result<Option<PendingPublication>, StoreError> {
        pending::read(&self.table, id).await
    }

    /// The oldest notifications of a carrier order that were not pushed, from the one after
    /// `after` on: as many as are pushed at once. None: there are no more.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn unpushed(
        &self,
        pending: &PendingPublication,
        order: &OrderId,
        after: u64,
    ) -> Result<Vec<StoredNotification>, StoreError> {
        let orders = DynamoCarrierOrders::new(self.table.clone());
        let BacklogRecord { pushed_count, notification_count, .. } = pending.backlog();
        let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let (first, last) = (number(pushed_count.max(after)) + 1, number(notification_count));
        Ok(orders.numbered_notifications(order, (first, last), PUSHED_AT_ONCE).await?.items)
    }

    /// Marks the notifications up to this one as sent, while others and responses are not. False:
    /// they had been.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn pushed_until(
        &self,
        pending: &PendingPublication,
        version: u64,
    ) -> Result<bool, StoreError> {
        let answered = pending.backlog().answered_count;
        let unsent = Condition::NotPushedYet { pushed: version, answered };
        let write =
            Write::update(keys::order(&pending.id), unsent).set("pushedCount", number(version));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// Marks the notifications and responses that were pending when the order was read as sent.
    /// False: they had been.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn pushed(&self, pending: &PendingPublication) -> Result<bool, StoreError> {
        let BacklogRecord { notification_count, status_request_count, .. } = pending.backlog();
        let (pushed, answered) = (notification_count, status_request_count);
        let unsent = Condition::NotPushedYet { pushed, answered };
        let write = Write::update(keys::order(&pending.id), unsent)
            .set("pushedCount", number(pushed))
            .set("answeredCount", number(answered));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// Clears the watchdog of an order of which all is published, if no work is due on it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn clear_watchdog(&self, pending: &PendingPublication) -> Result<(), StoreError> {
        if pending.is_idle {
            self.table.update(watchdog::cleared(&pending.id)).await?;
        }
        Ok(())
    }

    /// Gives an order that has ended its watchdog back: somebody is to be told of it who was not
    /// found when it ended. It is looked at, at `due`, if nothing is published by then.
    ///
    /// Dies before it: the message is received again. Dies after it: the sweeper sends another.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn watch(
        &self,
        pending: &PendingPublication,
        due: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if !pending.is_quiet || pending.last.is_none() {
            return Ok(());
        }
        let published = pending.published;
        let as_read = Condition::PublishedAsRead { published, sequence: published };
        let write = Write::update(keys::order(&pending.id), as_read).remove("quiet");
        // Refused: another message publishes it.
        self.table.update(watchdog::due_at(write, &pending.id, due)).await.map(drop)
    }

    /// Marks the only pending status change of an order as published, when its message says all
    /// that is told. `last`: nothing is left to do on the order afterwards. False: others published
    /// it, or the order is not as the message says.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn mark(
        &self,
        order: &str,
        sequence: u64,
        last: bool,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (order, published) = (order.to_owned(), sequence.saturating_sub(1));
        let mark = Mark { order, published, sequence, last, events: Vec::new(), now };
        Ok(matches!(self.table.update(self::published(&mark)).await?, Updated::Applied(_)))
    }

    /// Marks consecutive status changes, the first of them the oldest that is pending, as
    /// published, and appends their events to feeds, all at once. False: others published some of
    /// them, or all, and nothing was changed.
    ///
    /// # Errors
    /// The database cannot be reached, or too many append to one of the feeds.
    pub async fn publish(
        &self,
        pending: &PendingPublication,
        changes: &[StatusChange<String>],
        events: &[FeedEvent],
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return Ok(true) };
        let mark = Mark {
            order: pending.id.clone(),
            published: first.sequence.saturating_sub(1),
            sequence: last.sequence,
            last: pending.last == Some(last.sequence),
            events: events.to_vec(),
            now,
        };
        // All events of an order go to the feeds of its tenant.
        let Some(FeedEvent { tenant, .. }) = events.first() else {
            let updated = self.table.update(published(&mark)).await?;
            return Ok(matches!(updated, Updated::Applied(_)));
        };
        self.group.publish(&self.table, tenant, mark).await
    }
}

/// The revision stays: nothing that others decide by has changed.
fn published(mark: &Mark) -> Write {
    let Mark { published, sequence, .. } = *mark;
    let as_read = Condition::PublishedAsRead { published, sequence };
    let write = Write::update(keys::order(&mark.order), as_read)
        .set("publishedSequence", number(sequence))
        .remove("quiet");
    if mark.last { write.remove("dueShard").remove("dueAt") } else { write }
}
