//! The steps of an order's fulfilment. Each is written to the order when it is *done*, so after a
//! crash the worker asks [`Fulfilment::next`] again and repeats the one call that may have been
//! made, with the same values.
//!
//! | Written | Next | After a crash |
//! |---|---|---|
//! | `NotStarted` | reserve a profile; ICCID and matchingId are written in the same transaction | nothing was done: reserve |
//! | `ProfileReserved` | DownloadOrder | repeat; "in use" means it was done |
//! | `Downloaded` | ConfirmOrder with `releaseFlag` | repeat; "in use" means it was done |
//! | `Released` | plans at the network, keyed by the order's id | ask the network by the key, then repeat |
//! | `PlanAdded` | the order is COMPLETED, in one transaction | the same |
//! | `Undoing` | CancelOrder, then the order is FAILED | repeat; "unknown" means it was done |

use serde::{Deserialize, Serialize};

use super::{
    CancelOrder, ConfirmOrder, ConfirmedOrder, Course, DownloadOrder, Eid, Es2Answer, Es2Function,
    EsimIccid, EsimOperation, EsimOrder, EsimOrderDetails, Failure, FailureKind,
    FinalProfileStatus, MatchingId, OrderedProfile, Outcome, ProfileFate, ProfileType, SmdpHost,
    StatusCode, Verdict, classify,
};
use crate::{
    network::{Lookup, NetworkAnswer},
    numbering::Iccid,
};

/// Profiles an order may give up before a person must look: an SM-DP+ that knows none of ours
/// would otherwise cost the whole pool.
pub const MOST_REPLACEMENTS: u8 = 3;

/// A profile that is an order's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    /// Which.
    pub iccid: Iccid,
    /// What will open it; drawn by us, so that repeating gives the same.
    pub matching_id: MatchingId,
    /// Its type.
    pub profile_type: ProfileType,
    /// How many the order gave up before.
    pub replaced: u8,
}

/// A reservation that is being undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UndoneOrder {
    /// Of which profile.
    pub reservation: Reservation,
    /// Whether the SM-DP+ links the matchingId to it, as far as we know.
    pub linked: bool,
    /// Why the order fails.
    pub failure: Failure,
}

/// How far an order has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "camelCase")]
pub enum Fulfilment {
    /// Nothing is done.
    NotStarted {
        /// Profiles given up.
        #[serde(default)]
        replaced: u8,
    },
    /// A profile is this order's.
    ProfileReserved(Reservation),
    /// The SM-DP+ has allocated it.
    Downloaded(Reservation),
    /// A device can download it.
    Released {
        /// The profile.
        reservation: Reservation,
        /// Where it waits.
        host: SmdpHost,
    },
    /// The network has the plans.
    PlanAdded {
        /// The profile and where it waits; none for a top-up.
        profile: Option<(Reservation, SmdpHost)>,
    },
    /// It has failed for good and is being undone.
    Undoing(UndoneOrder),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Take a free profile of this type, and draw a matchingId.
    ReserveProfile {
        /// The type; none is a fault of ours, for a person to see.
        profile_type: Option<ProfileType>,
        /// For the [`Reservation`].
        replaced: u8,
    },
    /// Call the SM-DP+.
    DownloadOrder(DownloadOrder),
    /// Call the SM-DP+.
    ConfirmOrder(ConfirmOrder),
    /// Give the plans to the network, under the order's id as key.
    AddPlans {
        /// For this eSIM.
        iccid: EsimIccid,
    },
    /// End the order as COMPLETED.
    Complete,
    /// Call the SM-DP+.
    CancelOrder(CancelOrder),
}

/// What of an order its fulfilment depends on.
#[derive(Debug, Clone, Copy)]
pub struct WorkContext<'a> {
    /// What was ordered.
    pub details: &'a EsimOrderDetails,
    /// The type of profile to take.
    pub profile_type: Option<&'a ProfileType>,
    /// Where profiles wait when the SM-DP+ names no other host.
    pub host: &'a SmdpHost,
}

impl<'a> WorkContext<'a> {
    /// Of this order.
    pub fn of(order: &'a EsimOrder, host: &'a SmdpHost) -> Self {
        Self { details: &order.details, profile_type: order.profile_type.as_ref(), host }
    }

    fn eid(&self) -> Option<Eid> {
        self.details.device.eid.clone()
    }
}

/// The network that carries plans out, each order once under its id.
pub trait PlanNetwork: Send + Sync {
    /// Adds the order's plans to the eSIM, or says how that stands if it has begun already.
    fn add_plans(
        &self,
        order: &EsimOrder,
        iccid: &EsimIccid,
    ) -> impl Future<Output = NetworkAnswer> + Send;

    /// How that stands, if the network has it.
    fn look_up(&self, order: &EsimOrder) -> impl Future<Output = Lookup> + Send;
}

impl Fulfilment {
    /// The start of every order.
    pub const START: Self = Self::NotStarted { replaced: 0 };

    /// What to do now.
    pub fn next(&self, context: &WorkContext<'_>) -> Work {
        match self {
            Self::NotStarted { replaced } => match &context.details.operation {
                EsimOperation::Topup { iccid } => Work::AddPlans { iccid: iccid.clone() },
                EsimOperation::NewEsim => Work::ReserveProfile {
                    profile_type: context.profile_type.cloned(),
                    replaced: *replaced,
                },
            },
            Self::ProfileReserved(reservation) => Work::DownloadOrder(DownloadOrder {
                iccid: reservation.iccid.clone(),
                profile_type: reservation.profile_type.clone(),
                eid: context.eid(),
            }),
            Self::Downloaded(reservation) => Work::ConfirmOrder(ConfirmOrder {
                iccid: reservation.iccid.clone(),
                matching_id: reservation.matching_id.clone(),
                release: true,
                eid: context.eid(),
            }),
            Self::Released { reservation, .. } => {
                Work::AddPlans { iccid: (&reservation.iccid).into() }
            }
            Self::PlanAdded { .. } => Work::Complete,
            Self::Undoing(undone) => Work::CancelOrder(CancelOrder {
                iccid: undone.reservation.iccid.clone(),
                final_status: FinalProfileStatus::Available,
                matching_id: undone.linked.then(|| undone.reservation.matching_id.clone()),
                eid: context.eid(),
            }),
        }
    }

    /// Where the order goes with what came of [`Fulfilment::next`]. `earlier` says that the same
    /// call may have been made before, by this worker or by one that died: true whenever the step
    /// was not written by the very run that makes the call for the first time.
    pub fn after(&self, outcome: Outcome, earlier: bool, context: &WorkContext<'_>) -> Course {
        match (self, outcome) {
            (Self::NotStarted { .. }, Outcome::Reserved(reservation)) => {
                Course::GoOn(Self::ProfileReserved(reservation))
            }
            (Self::NotStarted { .. }, Outcome::NoStock) => {
                let named = context.profile_type.map_or("?", ProfileType::as_str);
                Course::Intervene { why: format!("no free profile of type {named} in the pool") }
            }
            (Self::ProfileReserved(reservation), Outcome::Downloaded(answer)) => {
                reservation.after_download(answer, earlier)
            }
            (Self::Downloaded(reservation), Outcome::Confirmed(answer)) => {
                reservation.after_confirm(answer, earlier, context.host)
            }
            (Self::NotStarted { .. }, Outcome::PlanAdded(answer)) => after_plans(answer, None),
            (Self::Released { reservation, host }, Outcome::PlanAdded(answer)) => {
                after_plans(answer, Some((reservation, host)))
            }
            (Self::Undoing(undone), Outcome::Cancelled(answer)) => undone.after_cancel(answer),
            _ => Course::Intervene { why: "the outcome is not that of the order's step".into() },
        }
    }

    /// The profile a device can download, and where, once it can.
    pub fn released(&self) -> Option<(&Reservation, &SmdpHost)> {
        match self {
            Self::Released { reservation, host } => Some((reservation, host)),
            Self::PlanAdded { profile: Some((reservation, host)) } => Some((reservation, host)),
            _ => None,
        }
    }

    /// The profile that is this order's, if one is.
    pub const fn reservation(&self) -> Option<&Reservation> {
        match self {
            Self::NotStarted { .. } | Self::PlanAdded { profile: None } => None,
            Self::ProfileReserved(reservation)
            | Self::Downloaded(reservation)
            | Self::Released { reservation, .. }
            | Self::PlanAdded { profile: Some((reservation, _)) }
            | Self::Undoing(UndoneOrder { reservation, .. }) => Some(reservation),
        }
    }
}

fn after_plans(answer: NetworkAnswer, profile: Option<(&Reservation, &SmdpHost)>) -> Course {
    match (answer, profile) {
        (NetworkAnswer::Done, profile) => Course::GoOn(Fulfilment::PlanAdded {
            profile: profile.map(|(reservation, host)| (reservation.clone(), host.clone())),
        }),
        (NetworkAnswer::Refused { reason }, None) => {
            let failure = Failure { kind: FailureKind::PlanRefused, message: reason };
            Course::Fail { failure, profile: None }
        }
        (NetworkAnswer::Refused { reason }, Some((reservation, _))) => {
            let failure = Failure { kind: FailureKind::PlanRefused, message: reason };
            reservation.undo(true, failure)
        }
        (NetworkAnswer::Running, _) => Course::Retry { why: "the network is at it".into() },
        (NetworkAnswer::Unknown { why }, _) => Course::Retry { why },
    }
}

impl Reservation {
    fn after_download(&self, answer: Es2Answer<OrderedProfile>, earlier: bool) -> Course {
        match answer {
            Es2Answer::Executed(profile) if profile.iccid == self.iccid => {
                Course::GoOn(Fulfilment::Downloaded(self.clone()))
            }
            Es2Answer::Executed(_) => {
                Course::Intervene { why: "the SM-DP+ allocated another profile".into() }
            }
            Es2Answer::Failed { code, .. } => {
                match classify(Es2Function::DownloadOrder, &code, earlier) {
                    Verdict::Done | Verdict::ProbablyDone => {
                        Course::GoOn(Fulfilment::Downloaded(self.clone()))
                    }
                    // Certainly nothing was done: the profile is as it was.
                    Verdict::Refused if !earlier => Course::Fail {
                        failure: refused(&code),
                        profile: Some((self.iccid.clone(), ProfileFate::Returned)),
                    },
                    Verdict::Refused => self.undo(false, refused(&code)),
                    verdict => self.hindered(verdict, &code),
                }
            }
            Es2Answer::Unknown { why } => Course::Retry { why },
        }
    }

    fn after_confirm(
        &self,
        answer: Es2Answer<ConfirmedOrder>,
        earlier: bool,
        usual: &SmdpHost,
    ) -> Course {
        let released =
            |host: SmdpHost| Course::GoOn(Fulfilment::Released { reservation: self.clone(), host });
        match answer {
            Es2Answer::Executed(order) if order.matching_id == self.matching_id => {
                released(order.smdp_address.unwrap_or_else(|| usual.clone()))
            }
            Es2Answer::Executed(_) => {
                Course::Intervene { why: "the SM-DP+ linked another matchingId".into() }
            }
            Es2Answer::Failed { code, .. } => {
                match classify(Es2Function::ConfirmOrder, &code, earlier) {
                    Verdict::Done | Verdict::ProbablyDone => released(usual.clone()),
                    Verdict::Refused => self.undo(earlier, refused(&code)),
                    verdict => self.hindered(verdict, &code),
                }
            }
            Es2Answer::Unknown { why } => Course::Retry { why },
        }
    }

    /// What neither lets the order go on nor ends it.
    fn hindered(&self, verdict: Verdict, code: &StatusCode) -> Course {
        match verdict {
            Verdict::Quarantine if self.replaced < MOST_REPLACEMENTS => Course::TakeAnother {
                quarantined: self.iccid.clone(),
                then: Fulfilment::NotStarted { replaced: self.replaced + 1 },
            },
            Verdict::Quarantine => Course::Intervene {
                why: format!("the SM-DP+ would not give profile after profile: {code}"),
            },
            Verdict::TypeExhausted => Course::Intervene {
                why: format!("profile type {} is exhausted at the SM-DP+", self.profile_type),
            },
            _ => Course::Retry { why: format!("the SM-DP+ says {code}") },
        }
    }

    fn undo(&self, linked: bool, failure: Failure) -> Course {
        let undone = UndoneOrder { reservation: self.clone(), linked, failure };
        Course::GoOn(Fulfilment::Undoing(undone))
    }
}

impl UndoneOrder {
    fn after_cancel(&self, answer: Es2Answer<()>) -> Course {
        let ended = |fate| Course::Fail {
            failure: self.failure.clone(),
            profile: Some((self.reservation.iccid.clone(), fate)),
        };
        match answer {
            Es2Answer::Executed(()) => ended(ProfileFate::Returned),
            Es2Answer::Failed { code, .. } => {
                match classify(Es2Function::CancelOrder, &code, true) {
                    Verdict::Done => ended(ProfileFate::Returned),
                    // Undone, or never there: who knows which.
                    Verdict::ProbablyDone => ended(ProfileFate::Quarantined),
                    Verdict::Retry => Course::Retry { why: format!("the SM-DP+ says {code}") },
                    // We thought it linked the matchingId, and it does not.
                    Verdict::Refused if self.linked && wrong_matching_id(&code) => {
                        let unlinked = Self { linked: false, ..self.clone() };
                        Course::GoOn(Fulfilment::Undoing(unlinked))
                    }
                    Verdict::Refused | Verdict::Quarantine | Verdict::TypeExhausted => {
                        Course::Intervene {
                            why: format!("the SM-DP+ would not cancel the order: {code}"),
                        }
                    }
                }
            }
            Es2Answer::Unknown { why } => Course::Retry { why },
        }
    }
}

/// The matchingId is unknown, or not that profile's; "in use" is a downloaded profile.
fn wrong_matching_id(code: &StatusCode) -> bool {
    code.subject == "8.2.6" && code.reason != "3.3"
}

/// The code alone: the SM-DP+'s own words may hold numbers.
fn refused(code: &StatusCode) -> Failure {
    let message = format!("the SM-DP+ refused to prepare the profile ({code})");
    Failure { kind: FailureKind::ProfileRefused, message }
}

#[cfg(test)]
mod tests;
