//! What a client changes of a service order, and its deletion.

use domain::{
    idempotency::IdempotencyGuard,
    lease::Lease,
    order::{Applied, Lifecycle as _},
    service_order::{CancelTaskId, ServiceOrder},
};
use time::OffsetDateTime;

use super::{DynamoServiceOrders, DynamoServiceWork};
use crate::{
    conditions::Condition,
    deliveries::{self, StoredDelivery},
    error::{GuardedError, StoreError, unguarded},
    expression::{Write, text},
    keys,
    orders::{Authority, Committed},
    transaction::{Guarded, Outcome},
};

/// What came of deleting an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletedServiceOrder {
    /// Deleted.
    Done,
    /// It is not as it was read, or its last state is not published yet.
    Changed,
}

/// The writes that plan deliveries, due when the sweeper looks next: they are stored with what they
/// tell of, and no message of theirs can be lost.
fn planned(told: &[StoredDelivery]) -> Result<Vec<Write>, StoreError> {
    told.iter().map(|delivery| deliveries::plan(delivery, delivery.created_at)).collect()
}

impl DynamoServiceWork {
    /// Commits a step of a worker, with what hubs are told of it.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub async fn commit_step(
        &self,
        applied: &Applied<ServiceOrder>,
        lease: &Lease,
        told: &[StoredDelivery],
    ) -> Result<Committed<ServiceOrder>, StoreError> {
        let writes = planned(told)?;
        let by = Authority::Worker(lease);
        self.commit_with(applied, by, &(), writes, None).await.map_err(unguarded)
    }

    /// Commits a change by the client, with the document that goes with it, and with what hubs are
    /// told of it.
    ///
    /// Dies before the transaction: nothing happened. Dies after it: the order has changed, the
    /// stream calls its worker, and the client learns of it by its key or by reading.
    ///
    /// # Errors
    /// The key has been used, and nothing was changed; or the database cannot be reached.
    pub async fn commit_change(
        &self,
        applied: &Applied<ServiceOrder>,
        document: Option<&str>,
        told: &[StoredDelivery],
        guard: Option<&IdempotencyGuard>,
    ) -> Result<Committed<ServiceOrder>, GuardedError> {
        let id = applied.order().id.to_string();
        let document = document.map(|document| {
            Write::update(keys::document(&id), Condition::Present).set("document", text(document))
        });
        let mut writes = planned(told)?;
        writes.extend(document);
        self.commit_with(applied, Authority::Party, &(), writes, guard).await
    }

    /// Commits a request to cancel, and lists it.
    ///
    /// # Errors
    /// As [`commit_change`](Self::commit_change).
    pub async fn commit_cancel_request(
        &self,
        applied: &Applied<ServiceOrder>,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<Committed<ServiceOrder>, GuardedError> {
        let order = applied.order();
        let entry = order.cancel_tasks.last().map(|task| {
            let id = CancelTaskId { order: order.id, number: task.number };
            let owner = keys::cancel_tasks_of(&order.tenant, order.face);
            let key = keys::cancel_task(&order.id.to_string(), task.number);
            Write::put(key.attributes(), Condition::Absent)
                .set("ownerKey", text(owner))
                .set("ownerSort", text(keys::dated(task.requested_at, &id.to_string())))
        });
        let writes = Vec::from_iter(entry);
        self.commit_with(applied, Authority::Party, &(), writes, guard).await
    }
}

impl DynamoServiceOrders {
    /// Deletes an order that has ended and of which all is published, with its document, its cancel
    /// tasks and the claim on its `externalId`, and plans what hubs are told of it.
    ///
    /// # Errors
    /// The key has been used; or the database cannot be reached.
    pub async fn delete(
        &self,
        order: &ServiceOrder,
        told: &[StoredDelivery],
        guard: Option<&IdempotencyGuard>,
        now: OffsetDateTime,
    ) -> Result<DeletedServiceOrder, GuardedError> {
        let id = order.id.to_string();
        let published = Condition::AsReadAndPublished { revision: order.revision() };
        let mut writes = vec![
            Write::delete(keys::order(&id), published),
            Write::delete(keys::document(&id), Condition::Present),
        ];
        let tasks = order.cancel_tasks.iter().map(|task| keys::cancel_task(&id, task.number));
        let claim = order.external_id.as_ref();
        let claim = claim.map(|claim| keys::external_id(&order.tenant, order.face, claim));
        writes.extend(planned(told)?);
        writes.extend(tasks.chain(claim).map(|key| Write::delete(key, Condition::Present)));
        Ok(match (Guarded { guard, writes, now }).run(&self.table).await? {
            Outcome::Done => DeletedServiceOrder::Done,
            Outcome::Refused(_) => DeletedServiceOrder::Changed,
        })
    }
}
