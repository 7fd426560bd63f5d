use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    identity::Tenant,
    lease::Lease,
    order::{FailedAttempt, NextAction, Status as _, Timing, next_attempt},
};
use time::{Duration, OffsetDateTime};

use super::{OrderReader, Stored, failed, lease::released, quiet, watch};
use crate::{
    connection::Table,
    error::StoreError,
    expression::Write,
    subscribers::{DynamoSubscribers, Subscribers},
    watchdog,
};

/// Leases orders of one kind, and commits what happens to them.
#[derive(Debug, Clone)]
pub struct OrderWork<L> {
    pub(crate) orders: OrderReader<L>,
    pub(crate) watchdog: Duration,
    /// Who is told of what happens; none: it is not known.
    told: Option<Subscribers>,
}

impl<L> OrderWork<L> {
    /// In this table. An order that nothing happens to for `watchdog`, or a status change that is
    /// not published by then, is taken up again by the sweeper.
    pub const fn new(table: Table, watchdog: Duration) -> Self {
        Self { orders: OrderReader::new(table), watchdog, told: None }
    }

    /// The orders, to read.
    pub const fn orders(&self) -> &OrderReader<L> {
        &self.orders
    }

    pub(crate) const fn timing(&self, now: OffsetDateTime) -> Timing {
        Timing { now, watchdog: self.watchdog }
    }
}

impl<L: Stored> OrderWork<L> {
    /// The same for the orders of a tenant: what nobody is to be told of has no watchdog until it is
    /// published. Read before the write that it is for; the relay asks again after it.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn for_tenant(
        &self,
        tenant: &Tenant,
        now: OffsetDateTime,
    ) -> Result<Self, StoreError> {
        let subscribers = DynamoSubscribers::new(self.orders.table.clone());
        let told = Some(subscribers.of(tenant, now).await?.of_kind(L::KIND));
        Ok(Self { orders: self.orders.clone(), watchdog: self.watchdog, told })
    }

    /// Whether nobody is to be told of an order that ends.
    pub(super) fn is_quiet(&self) -> bool {
        self.told.as_ref().is_some_and(Subscribers::is_empty)
    }

    /// Releases a lease without an event: the order is tried again later. One that is marked as
    /// needing intervention stays marked and listed, until it is resolved or goes on.
    ///
    /// # Errors
    /// The database cannot be reached; the lease then expires.
    pub async fn release_lease(
        &self,
        order: &L,
        lease: &Lease,
        context: &L::Context,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let action = order.next_action(context, self.timing(now));
        self.release(order, action, released(&order.id(), lease)).await
    }

    /// Releases the lease of an order whose outside is away, and notes why, if the order waits for
    /// it (`domain::order::next_attempt`): it is not late, and its worker is called at the time that
    /// is returned. None: it does not wait, and keeps its lease.
    ///
    /// # Errors
    /// The database cannot be reached; the lease then expires.
    pub async fn await_outside(
        &self,
        order: &L,
        lease: &Lease,
        is_last_receive: bool,
        why: &str,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, StoreError> {
        let Some(until) = next_attempt(order, is_last_receive, now) else { return Ok(None) };
        let attempt = FailedAttempt::new(now, why, Some(until - now));
        let write = failed(released(&order.id(), lease), &attempt);
        self.release(order, NextAction::Wait { until }, write).await?;
        Ok(Some(until))
    }

    /// Releases a lease after an attempt that came to nothing, and notes why in the same write: the
    /// order is tried again later.
    ///
    /// # Errors
    /// As [`release_lease`](Self::release_lease).
    pub async fn release_failed(
        &self,
        order: &L,
        lease: &Lease,
        context: &L::Context,
        attempt: &FailedAttempt,
    ) -> Result<(), StoreError> {
        let action = order.next_action(context, self.timing(attempt.at));
        self.release(order, action, failed(released(&order.id(), lease), attempt)).await
    }

    async fn release(&self, order: &L, action: NextAction, write: Write) -> Result<(), StoreError> {
        let id = order.id();
        let hears = |told: &Subscribers| told.hear_of(L::KIND, order.status().as_str());
        let is_quiet = self.told.as_ref().is_some_and(|told| !hears(told));
        let write = quiet(write, is_quiet);
        let write = if order.intervention().is_some() {
            write.set("needsInterventionRetried", AttributeValue::Bool(true))
        } else {
            watch(write, &id, (action, None), None)
        };
        self.orders.table.update(write).await.map(drop)
    }

    /// Marks an order that this worker holds as needing intervention, and releases it. The order
    /// keeps its status and what it holds, and a second mark the time of the first.
    ///
    /// # Errors
    /// The database cannot be reached; the dead-letter consumer or the sweeper then acts.
    pub async fn mark_needs_intervention(
        &self,
        order: &L,
        lease: &Lease,
        why: &str,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let since = order.intervention().map_or(now, |known| known.since);
        let id = order.id();
        let attempt = FailedAttempt::new(now, why, None);
        let write = failed(released(&id, lease), &attempt);
        let write = watchdog::marked(write, &id, why, since);
        self.orders.table.update(write).await.map(drop)
    }
}
