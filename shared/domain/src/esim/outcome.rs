//! What a step of an order has given, and where the order goes from there.

use super::{
    ConfirmedOrder, Es2Answer, Failure, Fulfilment, OrderedProfile, PoolEvent, Reservation,
    order::EsimOrderId,
};
use crate::{network::NetworkAnswer, numbering::Iccid};

/// What came of a [`super::Work`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A profile of the pool is this order's.
    Reserved(Reservation),
    /// The pool has none of the type.
    NoStock,
    /// The SM-DP+ was asked to allocate it.
    Downloaded(Es2Answer<OrderedProfile>),
    /// The SM-DP+ was asked to release it.
    Confirmed(Es2Answer<ConfirmedOrder>),
    /// The network was asked for the plans.
    PlanAdded(NetworkAnswer),
    /// The SM-DP+ was asked to take it back.
    Cancelled(Es2Answer<()>),
}

/// What becomes of an order's profile when the order fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProfileFate {
    /// Anybody may have it.
    Returned,
    /// Nobody may before a person has looked.
    Quarantined,
}

impl ProfileFate {
    /// What happens to the profile in the pool.
    pub const fn event(self, order: EsimOrderId) -> PoolEvent {
        match self {
            Self::Returned => PoolEvent::Return(order),
            Self::Quarantined => PoolEvent::Quarantine(order),
        }
    }
}

/// Where an order goes from a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Course {
    /// Write this down, then do what comes next.
    GoOn(Fulfilment),
    /// In one transaction quarantine the profile and write this down; then go on.
    TakeAnother {
        /// The profile that cannot be had.
        quarantined: Iccid,
        /// Without it.
        then: Fulfilment,
    },
    /// Do the same again, later.
    Retry {
        /// For the log.
        why: String,
    },
    /// Do the same again once the outside is back, which passes by itself: a matter of hours.
    Await {
        /// For the log.
        why: String,
    },
    /// A person must look; the order keeps its state and what it holds.
    Intervene {
        /// For the operator.
        why: String,
    },
    /// It is FAILED: without effect, everything undone.
    Fail {
        /// For the caller.
        failure: Failure,
        /// Its profile, if it has one.
        profile: Option<(Iccid, ProfileFate)>,
    },
}
