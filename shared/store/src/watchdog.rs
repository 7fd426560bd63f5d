//! The watchdog: every open order has a time by which something must have happened to it, in a
//! sparse index over 16 shards. Orders that wait for a person stand in the same index apart.

use domain::{
    lease::Lease,
    order::{Intervention, OrderKind},
};
use time::OffsetDateTime;

use crate::{
    conditions::{Condition, Millis},
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys::{self, DUE_SHARDS},
    lease,
    records::{OrderHeader, from_millis, is_final, to_millis},
};

/// Puts the order's next due time into a write.
pub(crate) fn due_at(write: Write, order_id: &str, due: OffsetDateTime) -> Write {
    write
        .set("dueShard", text(keys::due(keys::due_shard(order_id))))
        .set("dueAt", number(to_millis(due)))
}

/// Puts the order among those that wait for a person.
pub(crate) fn intervention(
    write: Write,
    order_id: &str,
    why: &str,
    since: OffsetDateTime,
) -> Write {
    write
        .set("dueShard", text(keys::intervention(keys::due_shard(order_id))))
        .set("dueAt", number(to_millis(since)))
        .set("needsInterventionSince", number(to_millis(since)))
        .set("needsInterventionWhy", text(why))
}

/// Gives a lease back, and puts its order among those that wait for a person.
pub(crate) async fn left_to_a_person(
    table: &Table,
    order_id: &str,
    lease: &Lease,
    why: &str,
    since: OffsetDateTime,
) -> Result<(), StoreError> {
    let write = lease::given_back(order_id, lease);
    table.update(intervention(write, order_id, why, since)).await.map(drop)
}

/// The write that takes an order from the watchdog, when nothing is left to do or to tell. Decided
/// by the item as it is then: whoever does the last of it, worker or fan-out, comes after the
/// other.
pub(crate) fn at_rest(order_id: &str) -> Write {
    Write::update(keys::order(order_id), Condition::Idle).remove("dueShard").remove("dueAt")
}

/// An order of any kind that has not ended, or whose end has not been told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its id, as text.
    pub id: String,
    /// Which API it came by, and so which worker it is for.
    pub kind: OrderKind,
    /// Where it stands, in the words of its kind.
    pub status: String,
    /// Whether nothing can happen to it any more; it is then here until its end has been told.
    pub ended: bool,
    /// Whether it has come to a state that has not been told.
    pub untold: bool,
    /// Rises by one on each write.
    pub revision: u64,
    /// Follows the request.
    pub correlation_id: String,
    /// How often a worker took it.
    pub attempts: u32,
    /// Set while it waits for a person.
    pub needs_intervention: Option<Intervention>,
    /// Whether its worker still has something to do on it.
    works: bool,
    work_due_at: Option<i64>,
    work_waits: bool,
    due_at: Option<i64>,
    due_shard: Option<String>,
    leased_until: Option<i64>,
}

impl OpenOrder {
    /// By when something must have happened to it; none while it is somebody else's turn, or a
    /// person's.
    pub fn due(&self) -> Option<OffsetDateTime> {
        let due = self.due_at.filter(|_| self.needs_intervention.is_none())?;
        from_millis(due).ok()
    }

    /// Whether its worker has something to do on it by now.
    pub fn works(&self, now: OffsetDateTime) -> bool {
        match self.kind {
            OrderKind::Ecc | OrderKind::Esim => self.works,
            // It may be somebody else's turn for weeks.
            OrderKind::Carrier => self.work_due_at.is_some_and(|due| due <= to_millis(now)),
        }
    }

    /// Whether something should have happened to it by now, which has not. An order that is told
    /// of is not late when it only has to be put to rest, or when its wait is over.
    pub fn is_late(&self, now: OffsetDateTime) -> bool {
        self.untold || (self.works(now) && !self.work_waits)
    }

    /// Until when a worker has it. May have passed: a worker that died gives nothing back.
    pub fn leased_until(&self) -> Option<OffsetDateTime> {
        from_millis(self.leased_until?).ok()
    }

    fn of(header: OrderHeader) -> Result<Self, StoreError> {
        let id = keys::order_id(&header.pk)
            .ok_or_else(|| StoreError::Corrupt("an order's key".to_owned()))?;
        Ok(Self {
            id: id.to_owned(),
            kind: header.kind,
            needs_intervention: header.intervention()?,
            ended: is_final(header.kind, &header.status),
            untold: header.untold(),
            works: !is_final(header.kind, &header.status),
            work_due_at: header.work_due_at,
            work_waits: header.work_waits,
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

/// Finds orders that are overdue or wait for a person.
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

    /// The orders of a shard that were due before `now`, the longest overdue first; at most 100.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn overdue(
        &self,
        shard: u8,
        now: OffsetDateTime,
    ) -> Result<Vec<OpenOrder>, StoreError> {
        self.before(keys::due(shard), now).await
    }

    /// The orders of a shard that wait for a person, the longest first; at most 100.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn awaiting_a_person(
        &self,
        shard: u8,
        now: OffsetDateTime,
    ) -> Result<Vec<OpenOrder>, StoreError> {
        self.before(keys::intervention(shard), now).await
    }

    async fn before(
        &self,
        partition: String,
        now: OffsetDateTime,
    ) -> Result<Vec<OpenOrder>, StoreError> {
        let keys = self.table.query_due(partition, to_millis(now)).await?;
        let mut orders = Vec::with_capacity(keys.len());
        for key in keys {
            // The index is behind the table: what it names may have moved on or ended.
            if let Some(header) = self.table.get_consistent::<OrderHeader>(&key).await?
                && header.due_at.is_some_and(|due| due <= to_millis(now))
            {
                orders.push(OpenOrder::of(header)?);
            }
        }
        Ok(orders)
    }

    /// An order of any kind by its id.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, id: &str) -> Result<Option<OpenOrder>, StoreError> {
        let header: Option<OrderHeader> = self.table.get_consistent(&keys::order(id)).await?;
        header.map(OpenOrder::of).transpose()
    }

    /// Puts an order's due time off, once it has been driven again. False: it moved on by itself.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn put_off(
        &self,
        order: &OpenOrder,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let Some(write) = self.as_due(order, now) else { return Ok(false) };
        let write = due_at(write, &order.id, until).remove("workWaits");
        let updated = self.table.update(write).await?;
        Ok(matches!(updated, Updated::Applied(_)))
    }

    /// Lets an order rest of which all is told: until its work must go on, or for good. False: it
    /// moved on by itself.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn rest(&self, order: &OpenOrder, now: OffsetDateTime) -> Result<bool, StoreError> {
        let Some(write) = self.as_due(order, now) else { return Ok(false) };
        let write = match order.work_due_at {
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

    /// Marks an open order as waiting for a person. False: it has ended, is being carried out,
    /// or was marked before.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn leave_to_a_person(
        &self,
        order: &OpenOrder,
        why: &str,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        if order.ended {
            return Ok(false);
        }
        let unmarked = Condition::OpenAndUnmarked { status: &order.status, now };
        let write = Write::update(keys::order(&order.id), unmarked).next_revision();
        let updated = self.table.update(intervention(write, &order.id, why, now)).await?;
        Ok(matches!(updated, Updated::Applied(_)))
    }
}
