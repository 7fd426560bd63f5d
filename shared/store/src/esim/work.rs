//! Carrying eSIM orders out: leases, and steps written down before the next is begun.

use domain::{
    esim::{EsimEvent, EsimOrder, EsimOrderId, EsimOrderStatus, Fulfilment, transition},
    lease::Lease,
    order::StatusChange,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value};
use time::{Duration, OffsetDateTime};

use super::reading::DynamoEsimOrders;
use crate::{
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys,
    lease::{self, Taken},
    records::{EsimOrderRecord, history_record},
    watchdog,
};

/// Who carries orders out, as their history says.
pub(super) const WORKER: &str = "worker";

/// What came of asking for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeasedEsimOrder {
    /// The order is this worker's until the lease ends.
    Mine(Box<EsimOrder>, Lease),
    /// Another worker holds it.
    Held,
    /// It has ended: nothing to do.
    Ended,
    /// There is no such order.
    Absent,
}

/// What came of writing a step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EsimStep {
    /// Written: the order as it is now.
    Written(Box<EsimOrder>),
    /// The order is no more as it was read, or another worker's: nothing was changed.
    Superseded,
}

/// Carries eSIM orders out.
#[derive(Debug, Clone)]
pub struct DynamoEsimWork {
    orders: DynamoEsimOrders,
    pub(super) table: Table,
    pub(super) watchdog: Duration,
}

impl DynamoEsimWork {
    /// In this table; a step that does not come within `watchdog`, or an end that is not told by
    /// then, is driven again.
    pub fn new(table: Table, watchdog: Duration) -> Self {
        Self { orders: DynamoEsimOrders::new(table.clone()), table, watchdog }
    }

    /// The orders, to read.
    pub const fn orders(&self) -> &DynamoEsimOrders {
        &self.orders
    }

    /// Takes the lease of an order for `length`, which must outlive the function: its time-out
    /// and some margin.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn lease(
        &self,
        id: EsimOrderId,
        owner: String,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<LeasedEsimOrder, StoreError> {
        let key = keys::order(&id.to_string());
        let Some(record) = self.table.get_consistent::<EsimOrderRecord>(&key).await? else {
            return Ok(LeasedEsimOrder::Absent);
        };
        if record.header.status.parse::<EsimOrderStatus>().is_ok_and(EsimOrderStatus::is_final) {
            return Ok(LeasedEsimOrder::Ended);
        }
        match lease::take(&self.table, &record.header, owner, length, now).await? {
            Taken::Held => Ok(LeasedEsimOrder::Held),
            Taken::Mine(item, lease) => {
                let order = EsimOrder::try_from(from_item::<EsimOrderRecord>(item)?)?;
                Ok(LeasedEsimOrder::Mine(Box::new(order), lease))
            }
        }
    }

    /// Gives a lease back: the order is tried again later, so nobody needs to look at it now.
    /// `due` is when something must have happened by.
    ///
    /// # Errors
    /// The database cannot be reached; the lease then ends by itself.
    pub async fn give_back(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        due: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let id = order.id.to_string();
        let mut write = lease::given_back(&id, lease);
        if order.needs_intervention.is_some() {
            write = write.remove("needsInterventionSince").remove("needsInterventionWhy");
        }
        self.table.update(watchdog::due_at(write, &id, due)).await.map(drop)
    }

    /// Leaves an order that this worker holds to a person. It keeps its state, its profile and
    /// its lock.
    ///
    /// # Errors
    /// The database cannot be reached; the sweeper then drives the order again.
    pub async fn leave_to_a_person(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        why: &str,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let since = order.needs_intervention.as_ref().map_or(now, |known| known.since);
        watchdog::left_to_a_person(&self.table, &order.id.to_string(), lease, why, since).await
    }

    /// Writes a step down.
    ///
    /// # Errors
    /// The database cannot be reached; whether the step is written is then unknown.
    pub async fn advance(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        step: Fulfilment,
        now: OffsetDateTime,
    ) -> Result<EsimStep, StoreError> {
        let next = self.stepped(order, step, now);
        let write = self.step(order, lease, &next, now)?;
        let item = match self.table.update(write).await? {
            Updated::Applied(item) | Updated::Refused(item) => item,
        };
        if item.is_empty() {
            return Ok(EsimStep::Superseded);
        }
        // Refused, and yet as it should be: our own write, whose answer was lost.
        let record: EsimOrderRecord = from_item(item)?;
        let mine = record.header.fence == lease.fence.0
            && record.header.revision == next.revision
            && record.fulfilment == next.fulfilment;
        Ok(if mine {
            EsimStep::Written(Box::new(record.try_into()?))
        } else {
            EsimStep::Superseded
        })
    }

    /// The order after a step.
    pub(super) fn stepped(
        &self,
        order: &EsimOrder,
        step: Fulfilment,
        now: OffsetDateTime,
    ) -> EsimOrder {
        let mut next = EsimOrder {
            fulfilment: step,
            needs_intervention: None,
            revision: order.revision + 1,
            ..order.clone()
        };
        if let Ok(status) = transition(order.status, EsimEvent::Started)
            && status != order.status
        {
            next.status = status;
            next.history.push(change(&next, status, now, WORKER));
        }
        next
    }

    /// The write that takes the order from `order` to `next`, both open.
    pub(super) fn step(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        next: &EsimOrder,
        now: OffsetDateTime,
    ) -> Result<Write, StoreError> {
        let write =
            under_lease(order, lease).set("fulfilment", to_attribute_value(&next.fulfilment)?);
        let write = if next.status == order.status { write } else { moved(write, next)? };
        if order.needs_intervention.is_none() {
            return Ok(write);
        }
        // It moves again: nobody needs to look any more.
        let write = write.remove("needsInterventionSince").remove("needsInterventionWhy");
        Ok(watchdog::due_at(write, &order.id.to_string(), now + self.watchdog))
    }
}

/// The entry of an order's history for a new status.
pub(super) fn change(
    order: &EsimOrder,
    status: EsimOrderStatus,
    at: OffsetDateTime,
    by: &str,
) -> StatusChange<EsimOrderStatus> {
    // The placement was the first.
    let sequence = u64::try_from(order.history.len()).unwrap_or(u64::MAX).saturating_add(2);
    StatusChange { sequence, status, at, reason: None, by: Some(by.to_owned()) }
}

/// A write to an order that stands as it was read, under this worker's lease.
pub(super) fn under_lease(order: &EsimOrder, lease: &Lease) -> Write {
    let as_read = Condition::AsReadUnderFence { revision: order.revision, fence: lease.fence };
    Write::update(keys::order(&order.id.to_string()), as_read).next_revision()
}

/// Sets the state an order has come to.
pub(super) fn moved(write: Write, next: &EsimOrder) -> Result<Write, StoreError> {
    let history = history_record(&next.history);
    // The placing was the first state, and each passage one more.
    let sequence = u64::try_from(history.len()).unwrap_or(u64::MAX).saturating_add(1);
    Ok(write
        .set("status", text(next.status.as_str()))
        .set("sequence", number(sequence))
        .set("history", to_attribute_value(history)?))
}
