//! The lifecycle of an eSIM order.

use thiserror::Error;
use time::OffsetDateTime;

use super::{
    Esim, EsimEvent, EsimOperation, EsimOrder, EsimOrderStatus, EsimPlan, EsimTransitionError,
    Failure, FailureKind, Fulfilment, PlanRequest, PoolEvent, ProfileFate, ProfileType, transition,
};
use crate::{
    identity::Tenant,
    numbering::Iccid,
    order::{
        Applied, CLIENT, Cancelable, Intervention, Lifecycle, NextAction, OrderKind, Status,
        StatusChange, Timing,
    },
};

/// Who executes orders, as their history says.
const WORKER: &str = "worker";

/// What can happen to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EsimOrderEvent {
    /// A worker has done a step. A step to a reservation takes the profile from the pool.
    Advanced(Fulfilment),
    /// The profile is given up for good, and the order goes on without it.
    ProfileReplaced {
        /// The profile.
        quarantined: Iccid,
        /// Without it.
        then: Fulfilment,
    },
    /// All of it is done.
    Completed,
    /// The operator knows that all of it is done. A top-up that no worker has begun is completed
    /// from its start.
    CompletedByHand {
        /// The operator's name.
        by: String,
    },
    /// It has no effect, and everything that was begun is undone.
    Failed {
        /// Why.
        failure: Failure,
        /// Its profile, if it has one, and what becomes of it.
        profile: Option<(Iccid, ProfileFate)>,
        /// The operator's name; none is the worker.
        by: Option<String>,
    },
    /// Its client cancels it, before the SM-DP+ or the network may have been called.
    CanceledByClient,
}

/// What an event causes besides the order's new state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EsimEffect {
    /// To a profile of the pool.
    pub profile: Option<ProfileEffect>,
    /// To an eSIM.
    pub esim: Option<EsimChange>,
}

/// What happens to a profile of the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEffect {
    /// Which.
    pub iccid: Iccid,
    /// Its type.
    pub profile_type: ProfileType,
    /// What happens.
    pub event: PoolEvent,
}

/// What happens to an eSIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EsimChange {
    /// It is created.
    Created(Box<Esim>),
    /// It gets these plans, and is unlocked.
    PlansAdded(Vec<EsimPlan>),
    /// It is unlocked.
    Unlocked,
}

/// The event cannot happen to the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EsimOrderError {
    /// Not in this status.
    #[error(transparent)]
    Transition(#[from] EsimTransitionError),
    /// The order has no profile, and the event needs one.
    #[error("the order has no profile")]
    NoProfile,
    /// The client cancels it, and the SM-DP+ or the network may have been called.
    #[error("the SM-DP+ or the network may have been called for it")]
    Begun,
}

impl Status for EsimOrderStatus {
    fn as_str(self) -> &'static str {
        self.as_str()
    }

    fn is_final(self) -> bool {
        self.is_final()
    }
}

impl Lifecycle for EsimOrder {
    const KIND: OrderKind = OrderKind::Esim;

    type Status = EsimOrderStatus;
    type Event = EsimOrderEvent;
    type Effect = EsimEffect;
    type Error = EsimOrderError;
    type Context = ();

    fn status(&self) -> EsimOrderStatus {
        self.status
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn intervention(&self) -> Option<&Intervention> {
        self.needs_intervention.as_ref()
    }

    fn history(&self) -> &[StatusChange<EsimOrderStatus>] {
        &self.history
    }

    fn placement(&self) -> Option<StatusChange<EsimOrderStatus>> {
        let (status, at) = (EsimOrderStatus::Accepted, self.order_date);
        Some(StatusChange { sequence: 1, status, at, reason: None, by: None })
    }

    /// The kind of failure is the reason that clients are told.
    fn status_changes(&self) -> Vec<StatusChange<EsimOrderStatus>> {
        let mut changes: Vec<_> =
            self.placement().into_iter().chain(self.history.iter().cloned()).collect();
        for change in &mut changes {
            if change.status == EsimOrderStatus::Failed {
                change.reason = self.failure.as_ref().map(|why| why.kind.as_str().to_owned());
            }
        }
        changes
    }

    fn apply(
        &self,
        event: EsimOrderEvent,
        at: OffsetDateTime,
    ) -> Result<Applied<Self>, EsimOrderError> {
        let mut order =
            Self { needs_intervention: None, revision: self.revision + 1, ..self.clone() };
        let effect = match event {
            EsimOrderEvent::Advanced(step) => {
                order.happened(EsimEvent::Started, at, WORKER)?;
                order.advance(step)
            }
            EsimOrderEvent::ProfileReplaced { quarantined, then } => {
                order.happened(EsimEvent::Started, at, WORKER)?;
                order.fulfilment = then;
                let event = PoolEvent::Quarantine(self.id);
                EsimEffect { profile: Some(self.profile(quarantined, event)?), esim: None }
            }
            EsimOrderEvent::Completed => {
                order.happened(EsimEvent::Fulfilled, at, WORKER)?;
                order.completed()?
            }
            EsimOrderEvent::CompletedByHand { by } => {
                if self.status == EsimOrderStatus::Accepted {
                    order.happened(EsimEvent::Started, at, &by)?;
                }
                order.happened(EsimEvent::Fulfilled, at, &by)?;
                if self.fulfilment == Fulfilment::START {
                    order.fulfilment = Fulfilment::PlanAdded { profile: None };
                }
                order.completed()?
            }
            EsimOrderEvent::Failed { failure, profile, by } => {
                let by = by.as_deref().unwrap_or(WORKER);
                order.happened(EsimEvent::EndedWithoutEffect, at, by)?;
                order.failure = Some(failure);
                let effect =
                    |(iccid, fate): (_, ProfileFate)| self.profile(iccid, fate.event(self.id));
                let unlocked = self.is_topup().then_some(EsimChange::Unlocked);
                EsimEffect { profile: profile.map(effect).transpose()?, esim: unlocked }
            }
            EsimOrderEvent::CanceledByClient => {
                order.happened(EsimEvent::EndedWithoutEffect, at, CLIENT)?;
                if self.is_begun() {
                    return Err(EsimOrderError::Begun);
                }
                let message = "the client canceled the order".to_owned();
                order.failure = Some(Failure { kind: FailureKind::CanceledByClient, message });
                let unlocked = self.is_topup().then_some(EsimChange::Unlocked);
                EsimEffect { profile: None, esim: unlocked }
            }
        };
        Ok(Applied::new(self, order, effect, at))
    }

    fn next_action(&self, (): &(), timing: Timing) -> NextAction {
        if self.status.is_final() { NextAction::Finished } else { timing.work() }
    }

    fn awaited_stock(&self) -> Option<&str> {
        let waits = matches!(self.fulfilment, Fulfilment::NotStarted { .. })
            && !self.status.is_final()
            && !self.is_topup();
        self.profile_type.as_ref().filter(|_| waits).map(ProfileType::as_str)
    }
}

impl Cancelable for EsimOrder {
    fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn cancellation() -> EsimOrderEvent {
        EsimOrderEvent::CanceledByClient
    }

    fn is_canceled_by_client(&self) -> bool {
        let failure = self.failure.as_ref().filter(|_| self.status == EsimOrderStatus::Failed);
        failure.is_some_and(|failure| failure.kind == FailureKind::CanceledByClient)
    }
}

impl EsimOrder {
    /// Whether the SM-DP+ or the network may have been called for it. Before an order of a new eSIM
    /// has a profile, its worker calls neither, and it may wait for stock for long; the worker of a
    /// top-up calls the network as soon as it has the order.
    fn is_begun(&self) -> bool {
        let is_at_start = self.fulfilment == Fulfilment::START;
        !is_at_start || self.is_topup() && self.attempts > 0
    }

    /// Whether it adds plans to an eSIM that exists.
    pub const fn is_topup(&self) -> bool {
        matches!(self.details.operation, EsimOperation::Topup { .. })
    }

    /// Takes the order along the transition table.
    fn happened(
        &mut self,
        event: EsimEvent,
        at: OffsetDateTime,
        by: &str,
    ) -> Result<(), EsimOrderError> {
        let status = transition(self.status, event)?;
        if status != self.status {
            let (sequence, by) = (self.sequence() + 1, Some(by.to_owned()));
            self.status = status;
            self.history.push(StatusChange { sequence, status, at, reason: None, by });
        }
        Ok(())
    }

    fn advance(&mut self, step: Fulfilment) -> EsimEffect {
        let profile = match &step {
            Fulfilment::ProfileReserved(reservation) => Some(ProfileEffect {
                iccid: reservation.iccid.clone(),
                profile_type: reservation.profile_type.clone(),
                event: PoolEvent::Reserve(self.id),
            }),
            _ => None,
        };
        self.fulfilment = step;
        EsimEffect { profile, esim: None }
    }

    fn completed(&self) -> Result<EsimEffect, EsimOrderError> {
        let plans = self.plans();
        if self.is_topup() {
            return match self.fulfilment.reservation() {
                None => Ok(EsimEffect { profile: None, esim: Some(EsimChange::PlansAdded(plans)) }),
                Some(_) => Err(EsimOrderError::NoProfile),
            };
        }
        let reservation = self.fulfilment.reservation().ok_or(EsimOrderError::NoProfile)?;
        let created = Esim {
            iccid: (&reservation.iccid).into(),
            tenant: self.tenant.clone(),
            customer: self.customer,
            plans,
            outstanding_order: None,
            installation: self.installation.clone(),
            revision: 1,
        };
        Ok(EsimEffect {
            profile: Some(self.profile(reservation.iccid.clone(), PoolEvent::Use(self.id))?),
            esim: Some(EsimChange::Created(Box::new(created))),
        })
    }

    fn profile(&self, iccid: Iccid, event: PoolEvent) -> Result<ProfileEffect, EsimOrderError> {
        let reservation = self.fulfilment.reservation().ok_or(EsimOrderError::NoProfile)?;
        Ok(ProfileEffect { iccid, profile_type: reservation.profile_type.clone(), event })
    }

    fn plans(&self) -> Vec<EsimPlan> {
        let plan = |(id, request): (_, &PlanRequest)| EsimPlan {
            id,
            product: request.product.clone(),
            activation: request.activation,
            ended: None,
        };
        self.plan_ids.iter().copied().zip(&self.details.plans).map(plan).collect()
    }
}

#[cfg(test)]
mod tests;
