//! Scenarios of orders on subscriptions: what the network does.

use time::Duration;

use super::{AFTER_RETRIES, AT_ONCE, Scenario, UNTIL_RESOLVED, left};
use crate::network::{Lookup, NetworkAnswer};

/// A scenario of orders on subscriptions.
pub type NetworkScenario = Scenario<NetworkCourse>;

/// What the network does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkCourse {
    /// It is done so many seconds after the order was placed.
    Done {
        /// After so many seconds.
        after: u16,
    },
    /// It refuses.
    Refused {
        /// The reason given.
        reason: &'static str,
    },
    /// It does nothing and gives no usable response; then it responds.
    UnknownThen {
        /// The reason of a refusal; none is done.
        refused: Option<&'static str>,
    },
    /// It does it, and the response is lost.
    ResponseLost,
    /// It is away for so many attempts; then it is done.
    Away {
        /// Attempts.
        attempts: u32,
    },
    /// It holds something else than the order began with.
    Differs,
    /// It is done at once, and endpoints are told so many seconds later.
    ToldLate {
        /// After so many seconds.
        after: u16,
    },
}

/// The longest time that a worker waits for a network: beyond it, the message comes again.
const LONGEST_WAIT: Duration = Duration::seconds(8);

fn done() -> NetworkAnswer {
    NetworkAnswer::Done
}

fn refused(reason: &str) -> NetworkAnswer {
    NetworkAnswer::Refused { reason: reason.to_owned() }
}

impl NetworkCourse {
    /// How long the worker waits before the network responds, for an order of this age.
    pub fn wait(self, age: Duration) -> Duration {
        match self {
            Self::Done { after } => {
                let left = left(Duration::seconds(after.into()), age);
                if left > LONGEST_WAIT { Duration::ZERO } else { left }
            }
            _ => Duration::ZERO,
        }
    }

    /// The response to an order at this attempt and, after [`wait`](Self::wait), at this age.
    pub fn carry_out(self, attempt: u32, age: Duration) -> NetworkAnswer {
        let unknown = || NetworkAnswer::Unknown { why: "no usable response".to_owned() };
        match self {
            Self::Done { after } if !left(Duration::seconds(after.into()), age).is_zero() => {
                NetworkAnswer::Running
            }
            Self::Done { .. } | Self::ToldLate { .. } => done(),
            Self::Refused { reason } => refused(reason),
            Self::UnknownThen { .. } | Self::ResponseLost if attempt <= 1 => unknown(),
            Self::UnknownThen { refused: reason } => reason.map_or_else(done, refused),
            Self::ResponseLost => done(),
            Self::Away { attempts } if attempt <= attempts => {
                NetworkAnswer::Away { why: "the network is away".to_owned() }
            }
            Self::Away { .. } => done(),
            Self::Differs => {
                NetworkAnswer::Differs { difference: "as its scenario says".to_owned() }
            }
        }
    }

    /// What the network says when it is asked for an order that it may have: a network that did
    /// nothing has never received it.
    pub fn look_up(self, attempt: u32, age: Duration) -> Lookup {
        match self {
            Self::UnknownThen { .. } => Lookup::Never,
            Self::Away { attempts } if attempt <= attempts => {
                Lookup::Away { why: "the network is away".to_owned() }
            }
            _ => Lookup::Known(self.carry_out(attempt, age)),
        }
    }

    /// How much later endpoints are told of the order.
    pub fn told_after(self) -> Duration {
        match self {
            Self::ToldLate { after } => Duration::seconds(after.into()),
            _ => Duration::ZERO,
        }
    }
}

const fn row(
    number: u8,
    title: &'static str,
    course: NetworkCourse,
    seen: &'static [&'static str],
    said: &'static str,
    seconds: (u16, u16),
) -> NetworkScenario {
    Scenario { number, title, course, seen, said, then: None, seconds }
}

const COMPLETED: &[&str] = &["PROVISIONING", "COMPLETED"];
const CANCELED: &[&str] = &["PROVISIONING", "CANCELED"];

/// The table.
pub const ECC: [NetworkScenario; 14] = {
    use NetworkCourse::{Away, Differs, Done, Refused, ResponseLost, ToldLate, UnknownThen};
    const EXISTS: &str = "the subscriber exists";
    const UNKNOWN: &str = "unknown subscriber";
    const FOREIGN: &str = "the SIM is not of this network";
    const NO_REASON: &str = "refused by the network";
    [
        row(1, "done at once", Done { after: 0 }, COMPLETED, "", AT_ONCE),
        row(2, "done after 5 seconds", Done { after: 5 }, COMPLETED, "", (5, 30)),
        row(3, "done after 60 seconds", Done { after: 60 }, COMPLETED, "", (60, 180)),
        row(11, "refused", Refused { reason: EXISTS }, CANCELED, EXISTS, AT_ONCE),
        row(12, "refused", Refused { reason: UNKNOWN }, CANCELED, UNKNOWN, AT_ONCE),
        row(13, "refused", Refused { reason: FOREIGN }, CANCELED, FOREIGN, AT_ONCE),
        row(
            14,
            "refused without a reason",
            Refused { reason: NO_REASON },
            CANCELED,
            NO_REASON,
            AT_ONCE,
        ),
        row(
            21,
            "no usable response, then done",
            UnknownThen { refused: None },
            COMPLETED,
            "",
            AFTER_RETRIES,
        ),
        row(
            22,
            "no usable response, then refused",
            UnknownThen { refused: Some(UNKNOWN) },
            CANCELED,
            UNKNOWN,
            AFTER_RETRIES,
        ),
        row(23, "done, and the response is lost", ResponseLost, COMPLETED, "", AFTER_RETRIES),
        row(24, "the network is away once", Away { attempts: 1 }, COMPLETED, "", AFTER_RETRIES),
        row(25, "the network is away twice", Away { attempts: 2 }, COMPLETED, "", AFTER_RETRIES),
        row(31, "unknown: needs intervention", Differs, &["PROVISIONING"], "", UNTIL_RESOLVED),
        row(
            41,
            "done at once, and endpoints are told 15 seconds later",
            ToldLate { after: 15 },
            COMPLETED,
            "",
            AT_ONCE,
        ),
    ]
};
