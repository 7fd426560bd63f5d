//! Ends of eSIM orders, and profiles that are given up: each with all it touches in one
//! transaction.

use domain::{
    esim::{
        Esim, EsimEvent, EsimOperation, EsimOrder, EsimOrderStatus, EsimPlan, Failure, Fulfilment,
        ProfileFate, Reservation, transition,
    },
    lease::Lease,
    numbering::Iccid,
};
use serde_dynamo::aws_sdk_dynamodb_1::{to_attribute_value, to_item};
use time::OffsetDateTime;

use super::work::{DynamoEsimWork, EsimStep, WORKER, change, moved, under_lease};
use crate::{
    conditions::{Condition, LockOwner},
    error::StoreError,
    expression::{Write, text},
    keys,
    records::{EsimRecord, FreeProfileRecord, QuarantinedProfileRecord, to_millis},
    transaction::{self, Outcome},
    watchdog,
    work::EndedBy,
};

/// What came of ending an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EsimEnding {
    /// It has ended so.
    Done,
    /// It is no more as it was read, or another worker's: nothing was changed.
    Superseded,
}

impl DynamoEsimWork {
    /// Gives a profile up for good and goes on without it.
    ///
    /// # Errors
    /// The database cannot be reached; whether it is done is then unknown.
    pub async fn take_another(
        &self,
        order: &EsimOrder,
        lease: &Lease,
        quarantined: &Iccid,
        then: Fulfilment,
        now: OffsetDateTime,
    ) -> Result<EsimStep, StoreError> {
        let next = self.stepped(order, then, now);
        let mut writes = vec![self.step(order, lease, &next, now)?];
        writes.extend(quarantine(order, quarantined, now)?);
        Ok(match self.commit(order, writes).await? {
            EsimEnding::Done => EsimStep::Written(Box::new(next)),
            EsimEnding::Superseded => EsimStep::Superseded,
        })
    }

    /// Ends an order as COMPLETED: its eSIM comes into being, or gets its plans and is unlocked.
    ///
    /// # Errors
    /// The database cannot be reached, the order cannot be completed from where it stands, or
    /// what it holds contradicts it.
    pub async fn complete(
        &self,
        order: &EsimOrder,
        by: &EndedBy,
        now: OffsetDateTime,
    ) -> Result<EsimEnding, StoreError> {
        let mut end = self.end(order, by, EsimEvent::Fulfilled, None, now)?;
        if order.fulfilment == Fulfilment::START {
            // A top-up, by hand: who says that it is done says this.
            let done = Fulfilment::PlanAdded { profile: None };
            end = end.set("fulfilment", to_attribute_value(done)?);
        }
        let mut writes = vec![end];
        match (&order.details.operation, order.fulfilment.reservation()) {
            (EsimOperation::NewEsim, Some(Reservation { iccid, .. })) => {
                writes.push(profile(order, iccid, "used"));
                let record = EsimRecord::from(&produced(order, iccid));
                writes.push(Write::put(to_item(record)?, Condition::Absent));
            }
            (EsimOperation::Topup { .. }, None) => {
                let plans = to_attribute_value(plans(order))?;
                writes.extend(unlock(order).map(|write| write.append("plans", plans)));
            }
            _ => return Err(StoreError::Corrupt(format!("order {} has no profile", order.id))),
        }
        self.commit(order, writes).await
    }

    /// Ends an order as FAILED, without effect: its profile goes back or into quarantine, its
    /// eSIM is unlocked.
    ///
    /// # Errors
    /// The database cannot be reached, or what the order holds contradicts it.
    pub async fn fail(
        &self,
        order: &EsimOrder,
        by: &EndedBy,
        failure: &Failure,
        fate: Option<(&Iccid, ProfileFate)>,
        now: OffsetDateTime,
    ) -> Result<EsimEnding, StoreError> {
        let end = self.end(order, by, EsimEvent::EndedWithoutEffect, Some(failure), now)?;
        let mut writes = vec![end];
        writes.extend(unlock(order));
        match (fate, order.fulfilment.reservation()) {
            (Some((iccid, ProfileFate::Quarantined)), _) => {
                writes.extend(quarantine(order, iccid, now)?);
            }
            (Some((iccid, ProfileFate::Returned)), Some(reservation)) => {
                writes.push(reserved(order, iccid).set("state", text("free")).remove("order"));
                let place = keys::free_profile(&reservation.profile_type, iccid);
                let record = FreeProfileRecord { pk: place.pk, sk: place.sk };
                writes.push(Write::put(to_item(record)?, Condition::Absent));
            }
            (Some(_), None) => {
                return Err(StoreError::Corrupt(format!("order {} has no profile", order.id)));
            }
            (None, _) => {}
        }
        self.commit(order, writes).await
    }

    fn end(
        &self,
        order: &EsimOrder,
        by: &EndedBy,
        event: EsimEvent,
        failure: Option<&Failure>,
        now: OffsetDateTime,
    ) -> Result<Write, StoreError> {
        let id = order.id.to_string();
        let (write, who) = match by {
            EndedBy::Worker(lease) => (under_lease(order, lease), WORKER),
            EndedBy::Operator(name) => (taken_over(order, now), &**name),
        };
        let mut next = order.clone();
        // A top-up that a worker has not written a step of is carried out by hand from the start.
        let by_hand = matches!(by, EndedBy::Operator(_)) && event == EsimEvent::Fulfilled;
        let first =
            (by_hand && order.status == EsimOrderStatus::Accepted).then_some(EsimEvent::Started);
        for event in first.into_iter().chain([event]) {
            next.status = transition(next.status, event)
                .map_err(|error| StoreError::Corrupt(format!("order {id}: {error}")))?;
            next.history.push(change(&next, next.status, now, who));
        }
        let write = ["leaseOwner", "leaseUntil", "needsInterventionSince", "needsInterventionWhy"]
            .into_iter()
            .fold(moved(write, &next)?, Write::remove);
        let write = match failure {
            Some(failure) => write.set("failure", to_attribute_value(failure)?),
            None => write,
        };
        // Watched until the end has been told.
        Ok(watchdog::due_at(write, &id, now + self.watchdog))
    }

    /// The first write is the order's: only its refusal is an answer.
    async fn commit(
        &self,
        order: &EsimOrder,
        writes: Vec<Write>,
    ) -> Result<EsimEnding, StoreError> {
        match transaction::run(&self.table, writes).await? {
            Outcome::Done => Ok(EsimEnding::Done),
            Outcome::Refused(reasons) if reasons.first().is_some_and(Option::is_some) => {
                Ok(EsimEnding::Superseded)
            }
            Outcome::Refused(_) => {
                Err(StoreError::Corrupt(format!("order {} and what it holds disagree", order.id)))
            }
        }
    }
}

/// A write of the operator's to an order that nobody carries out.
fn taken_over(order: &EsimOrder, now: OffsetDateTime) -> Write {
    let (status, revision) = (order.status.as_str(), order.revision);
    let unleased = Condition::OpenAsReadAndUnleased { status, revision, now };
    Write::update(keys::order(&order.id.to_string()), unleased).next_revision()
}

fn reserved(order: &EsimOrder, iccid: &Iccid) -> Write {
    Write::update(keys::profile(iccid), Condition::ProfileReservedFor { order: order.id })
}

fn profile(order: &EsimOrder, iccid: &Iccid, state: &str) -> Write {
    reserved(order, iccid).set("state", text(state))
}

/// Nobody gets the profile before a person has looked: it has a place where that person finds it.
fn quarantine(
    order: &EsimOrder,
    iccid: &Iccid,
    now: OffsetDateTime,
) -> Result<[Write; 2], StoreError> {
    let Some(reservation) = order.fulfilment.reservation() else {
        return Err(StoreError::Corrupt(format!("order {} has no profile", order.id)));
    };
    let place = keys::quarantined(iccid);
    let place = QuarantinedProfileRecord {
        pk: place.pk,
        sk: place.sk,
        profile_type: reservation.profile_type.clone(),
        order: order.id,
        since: to_millis(now),
    };
    let place = Write::put(to_item(place)?, Condition::Absent);
    Ok([profile(order, iccid, "quarantined"), place])
}

/// The lock that a top-up has on its eSIM.
fn unlock(order: &EsimOrder) -> Option<Write> {
    let EsimOperation::Topup { iccid } = &order.details.operation else { return None };
    let locked = Condition::LockedBy { order: LockOwner::Esim(order.id) };
    let write = Write::update(keys::esim(&order.tenant, iccid), locked);
    Some(write.remove("outstandingOrder").next_revision())
}

fn plans(order: &EsimOrder) -> Vec<EsimPlan> {
    let plan = |(id, request): (_, &domain::esim::PlanRequest)| EsimPlan {
        id,
        product: request.product.clone(),
        activation: request.activation,
        ended: None,
    };
    order.plan_ids.iter().copied().zip(&order.details.plans).map(plan).collect()
}

fn produced(order: &EsimOrder, iccid: &Iccid) -> Esim {
    debug_assert_eq!(order.status, EsimOrderStatus::Fulfilling, "nothing else can complete");
    Esim {
        iccid: iccid.into(),
        tenant: order.tenant.clone(),
        customer: order.customer,
        plans: plans(order),
        outstanding_order: None,
        installation: order.installation.clone(),
        revision: 1,
    }
}
