//! The watchdog: an order has a time by which something must have happened to it, in a sparse
//! index over 16 shards. Orders that need intervention have partitions of their own in it.

mod awaits;

use std::collections::HashMap;

use domain::{
    identity::Tenant,
    order::{FailedAttempt, Intervention, OrderKind},
};
use serde::Deserialize;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::OffsetDateTime;

use crate::{
    conditions::{Condition, Millis},
    connection::{Item, Table, Updated},
    due::{DuePosition, partition_of},
    error::StoreError,
    expression::{Write, number, text},
    keys::{self, DUE_SHARDS},
    records::{OrderHeader, from_millis, to_millis},
};

pub use awaits::Awaits;

/// The most orders of a shard that are listed without paging.
const FIRST: usize = 100;

/// Puts the order's next due time into a write.
pub(crate) fn due_at(write: Write, order_id: &str, due: OffsetDateTime) -> Write {
    write
        .set("dueShard", text(keys::due(keys::due_shard(order_id))))
        .set("dueAt", number(to_millis(due)))
}

/// Lists the order with those that need intervention.
pub(crate) fn marked(write: Write, order_id: &str, why: &str, since: OffsetDateTime) -> Write {
    write
        .set("dueShard", text(keys::intervention(keys::due_shard(order_id))))
        .set("dueAt", number(to_millis(since)))
        .set("needsInterventionSince", number(to_millis(since)))
        .set("needsInterventionWhy", text(why))
        .remove("needsInterventionRetried")
}

/// The write that clears the watchdog of an order, when nothing is left to do or to publish.
/// Decided by the item as it is then: of worker and fan-out, the second one clears it.
pub(crate) fn cleared(order_id: &str) -> Write {
    Write::update(keys::order(order_id), Condition::Idle).remove("dueShard").remove("dueAt")
}

/// An order of any kind, as relay, sweeper and operator see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its id, as text.
    pub id: String,
    /// Its kind, and so which worker it is for.
    pub kind: OrderKind,
    /// Its status, a value of its kind.
    pub status: String,
    /// Whether it has come to a status, or has a notification, that is not published.
    pub unpublished: bool,
    /// Rises by one on each write.
    pub revision: u64,
    /// Follows the request.
    pub correlation_id: String,
    /// Whose it is: a tenant, or the Buyer of a carrier order. Owners share a sweep fairly.
    pub owner: String,
    /// The tenant that placed it, if it is known.
    pub tenant: Option<Tenant>,
    /// How often a worker took it.
    pub attempts: u32,
    /// The last attempt, if it came to nothing and the order has not gone on since.
    pub failed: Option<FailedAttempt>,
    /// Set while it needs intervention.
    pub needs_intervention: Option<Intervention>,
    /// The type of stock that it needs before its worker can go on.
    pub awaited_stock: Option<String>,
    work: Work,
    due_at: Option<i64>,
    due_shard: Option<String>,
    leased_until: Option<i64>,
}

/// When work is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Work {
    /// The revision at which the worker was called last.
    seq: u64,
    /// The revision in the sweeper's message after the last wait.
    called: u64,
    after: Option<i64>,
    by: Option<i64>,
}

impl OpenOrder {
    /// When the sweeper looks at it; none while nothing is due, or while it needs intervention.
    pub fn due(&self) -> Option<OffsetDateTime> {
        let due = self.due_at.filter(|_| self.needs_intervention.is_none())?;
        from_millis(due).ok()
    }

    /// Whether its worker has something to do on it, now or later.
    pub const fn has_work(&self) -> bool {
        self.work.by.is_some()
    }

    /// Whether its worker must be called, or called again, by now.
    pub fn works(&self, now: OffsetDateTime) -> bool {
        self.work.by.is_some_and(|by| by <= to_millis(now))
    }

    /// Whether the call of its worker with this revision is still open: the worker was not called
    /// for later work, and the order neither rests nor waits until a time.
    pub fn is_open_call(&self, revision: u64) -> bool {
        // `reschedule` removes `after`: an order whose wait is over has it until it is called.
        let last = self.work.seq.max(self.work.called);
        self.has_work() && !self.waits() && last <= revision
    }

    /// Whether it waits, or its wait is over and its worker was not called yet.
    fn waits(&self) -> bool {
        self.work.after == self.work.by
    }

    /// Whether something should have happened to it by now, which has not. An order whose wait is
    /// over is not late, nor is one of which only the watchdog must be cleared.
    pub fn is_late(&self, now: OffsetDateTime) -> bool {
        self.unpublished || (self.works(now) && !self.waits())
    }

    /// Until when a worker has it. May have passed: a worker that died releases nothing.
    pub fn leased_until(&self) -> Option<OffsetDateTime> {
        from_millis(self.leased_until?).ok()
    }

    fn of(record: OwnedOrderRecord) -> Result<Self, StoreError> {
        let OwnedOrderRecord { header, tenant, buyer } = record;
        let id = keys::order_id(&header.pk)
            .ok_or_else(|| StoreError::Corrupt("an order's key".to_owned()))?;
        Ok(Self {
            id: id.to_owned(),
            kind: header.kind,
            needs_intervention: header.intervention()?,
            failed: header.failed_attempt()?,
            unpublished: header.unpublished(),
            tenant: tenant.as_deref().and_then(|tenant| tenant.parse().ok()),
            owner: buyer.or(tenant).unwrap_or_default(),
            work: Work {
                seq: header.work_seq,
                called: header.called_seq,
                after: header.work_after,
                by: header.work_by,
            },
            awaited_stock: header.awaited_stock,
            status: header.status,
            revision: header.revision,
            correlation_id: header.correlation_id,
            attempts: header.attempts,
            due_at: header.due_at,
            due_shard: header.due_shard,
            leased_until: header.lease_until,
        })
    }
}

/// The header of an order, and who owns it.
#[derive(Debug, Deserialize)]
struct OwnedOrderRecord {
    #[serde(flatten)]
    header: OrderHeader,
    #[serde(default)]
    tenant: Option<String>,
    #[serde(default)]
    buyer: Option<String>,
}

impl OwnedOrderRecord {
    fn attributes() -> Vec<&'static str> {
        [&OrderHeader::ATTRIBUTES[..], &["buyer"]].concat()
    }
}

/// Orders of a shard.
#[derive(Debug, Default)]
pub struct DueOrders {
    /// The orders, the longest due first.
    pub orders: Vec<OpenOrder>,
    /// How many more are due and cannot be read.
    pub unreadable: usize,
    /// Where to continue, when there may be more.
    pub next: Option<DuePosition>,
}

/// Finds orders that are overdue or need intervention.
#[derive(Debug, Clone)]
pub struct DynamoWatchdog {
    table: Table,
}

impl DynamoWatchdog {
    /// Over this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// How many shards there are to look through.
    pub const SHARDS: u8 = DUE_SHARDS;

    /// The first orders of a shard that were due before `now`, the longest overdue first; at most
    /// 100. One that cannot be read is left out.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn overdue(
        &self,
        shard: u8,
        now: OffsetDateTime,
    ) -> Result<Vec<OpenOrder>, StoreError> {
        Ok(self.overdue_from(shard, now, FIRST, None).await?.orders)
    }

    /// The first orders of a shard that need intervention, the longest first; at most 100. One that
    /// cannot be read is left out.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn needing_intervention(
        &self,
        shard: u8,
        now: OffsetDateTime,
    ) -> Result<Vec<OpenOrder>, StoreError> {
        Ok(self.needing_intervention_from(shard, now, FIRST, None).await?.orders)
    }

    /// At most `most` orders of a shard that were due before `now`, the longest overdue first, from
    /// a position on.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn overdue_from(
        &self,
        shard: u8,
        now: OffsetDateTime,
        most: usize,
        start: Option<DuePosition>,
    ) -> Result<DueOrders, StoreError> {
        self.before(&keys::due(shard), to_millis(now), most, start).await
    }

    /// At most `most` orders of a shard that need intervention, the longest first, from a position
    /// on.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn needing_intervention_from(
        &self,
        shard: u8,
        now: OffsetDateTime,
        most: usize,
        start: Option<DuePosition>,
    ) -> Result<DueOrders, StoreError> {
        self.before(&keys::intervention(shard), to_millis(now), most, start).await
    }

    /// One item that cannot be read must not stop those behind it: it stays due, and is found
    /// again and again.
    async fn before(
        &self,
        partition: &str,
        until: i64,
        most: usize,
        start: Option<DuePosition>,
    ) -> Result<DueOrders, StoreError> {
        let (entries, next) = self.table.due_entries(partition, until, most, start).await?;
        let items = self.table.due_items(&entries, &OwnedOrderRecord::attributes()).await?;
        let items = items.into_iter().filter_map(|item| Some((partition_of(&item)?.clone(), item)));
        let mut items: HashMap<String, Item> = items.collect();
        let mut due = DueOrders { next, ..DueOrders::default() };
        for entry in &entries {
            let Some(item) = partition_of(entry).and_then(|pk| items.remove(pk)) else { continue };
            match due_order(item, until) {
                Ok(order) => due.orders.extend(order),
                Err(error) => {
                    tracing::error!(%error, pk = partition_of(entry), "due order not readable");
                    due.unreadable += 1;
                }
            }
        }
        Ok(due)
    }

    /// An order of any kind by its id.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, id: &str) -> Result<Option<OpenOrder>, StoreError> {
        let record: Option<OwnedOrderRecord> = self.table.get_consistent(&keys::order(id)).await?;
        record.map(OpenOrder::of).transpose()
    }

    /// Reschedules an order whose worker was called again, or whose status changes were sent to
    /// be published again. False: it has changed meanwhile.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn reschedule(
        &self,
        order: &OpenOrder,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let Some(write) = self.as_due(order, now) else { return Ok(false) };
        let write = due_at(write, &order.id, until);
        let write = match order.works(now) {
            true => write.set("workBy", number(to_millis(until))).remove("workAfter"),
            false => write,
        };
        // The end of a wait is a new call: dead letters of earlier ones are out of date from here.
        let write = match order.works(now) && order.waits() {
            true => write.set("calledSeq", number(order.revision)),
            false => write,
        };
        let updated = self.table.update(write).await?;
        Ok(matches!(updated, Updated::Applied(_)))
    }

    /// Clears the watchdog of an order of which everything is published: until its work is due,
    /// or for good. False: it has changed meanwhile.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn clear_watchdog(
        &self,
        order: &OpenOrder,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (Some(due), Some(shard)) = (order.due_at, order.due_shard.as_ref()) else {
            return Ok(false);
        };
        let answered = Condition::DueAsReadAndAnswered { due: Millis(due), shard, now };
        let write = Write::update(keys::order(&order.id), answered).next_revision();
        let write = match order.work.by {
            Some(due) => write.set("dueAt", number(due)),
            None => write.remove("dueShard").remove("dueAt"),
        };
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// A write to an order that is due as it was read.
    fn as_due(&self, order: &OpenOrder, now: OffsetDateTime) -> Option<Write> {
        let (due, shard) = (order.due_at?, order.due_shard.as_ref()?);
        let due = Millis(due);
        let as_read = Condition::OpenAndDueAsRead { due, shard, now };
        Some(Write::update(keys::order(&order.id), as_read).next_revision())
    }

    /// Marks an order on which work is due as needing intervention. False: nothing is due, a
    /// worker holds it, it was marked before, or its worker was called for later work meanwhile.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn mark_needs_intervention(
        &self,
        order: &OpenOrder,
        why: &str,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        if !order.has_work() {
            return Ok(false);
        }
        let Work { seq: work, called, .. } = order.work;
        let unmarked = Condition::OpenAndUnmarked { status: &order.status, work, called, now };
        let write = Write::update(keys::order(&order.id), unmarked).next_revision();
        let write = marked(write, &order.id, why, now).remove("retryAt");
        let updated = self.table.update(write).await?;
        Ok(matches!(updated, Updated::Applied(_)))
    }
}

/// The order of an item; none when it is not due any more: the index is behind the table.
fn due_order(item: Item, until: i64) -> Result<Option<OpenOrder>, StoreError> {
    let record: OwnedOrderRecord = from_item(item)?;
    if record.header.due_at.is_none_or(|due| due > until) {
        return Ok(None);
    }
    OpenOrder::of(record).map(Some)
}
