//! The states of a provisioning order, and the one table of what may happen in them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where an order stands. These three are all that is ever written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatus {
    /// Outstanding; the subscription is locked.
    Provisioning,
    /// The change is in the network and on the subscription.
    Completed,
    /// Ended without effect. One L.
    Canceled,
}

impl OrderStatus {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Provisioning, Self::Completed, Self::Canceled];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
        }
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled)
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is no status of a provisioning order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a status of a provisioning order")]
pub struct ParseStatusError;

impl FromStr for OrderStatus {
    type Err = ParseStatusError;

    /// Reads one of the three that are written.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(ParseStatusError)
    }
}

/// The statuses that older networks report and nobody writes any more; all mean PROVISIONING.
/// REJECTED and FAILED are among them: they say nothing about the effect on the network.
const DEPRECATED: [&str; 12] = [
    "REGISTERED",
    "APPROVED",
    "REJECTED",
    "FAILED",
    "PENDING",
    "PROVISIONING_PENDING",
    "PROVISIONING_READY",
    "PROVISIONING_FAILED",
    "PREREQUISITES_PENDING",
    "WAIT_FOR_PREREQUISITES_READY",
    "PREREQUISITES_READY",
    "PREREQUISITES_FAILED",
];

/// Reads a status that a network or an import reports.
///
/// # Errors
/// The word is neither a status nor one of the deprecated ones.
pub fn read_status(word: &str) -> Result<OrderStatus, ParseStatusError> {
    if DEPRECATED.contains(&word) {
        return Ok(OrderStatus::Provisioning);
    }
    word.parse()
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// The network has done it, or the operator knows that it has.
    Done,
    /// The network has refused it, or the operator knows that it had no effect.
    Refused,
    /// Its client has canceled it before any worker took it.
    CanceledByClient,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::CanceledByClient];
}

/// The order is not in a state in which this can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TransitionError {
    /// Not in the table.
    #[error("{event:?} cannot happen to an order that is {from}")]
    NotAllowed {
        /// Where it stands.
        from: OrderStatus,
        /// What was to happen.
        event: Event,
    },
    /// The client cancels it, and a worker has taken it: the network may have been called.
    #[error("the network may have been called for it")]
    Begun,
}

/// The transition table (`infra/docs/contracts/ecc.md`, *Order*).
///
/// An unknown effect is no event, the order stays PROVISIONING: releasing its lock would let a second change
/// run into the first.
///
/// # Errors
/// The event cannot happen in that state.
pub const fn transition(from: OrderStatus, event: Event) -> Result<OrderStatus, TransitionError> {
    use OrderStatus::{Canceled, Completed, Provisioning};
    match (from, event) {
        (Provisioning, Event::Done) => Ok(Completed),
        (Provisioning, Event::Refused | Event::CanceledByClient) => Ok(Canceled),
        (Completed | Canceled, _) => Err(TransitionError::NotAllowed { from, event }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_every_event_does_what_the_contract_says() {
        use OrderStatus::{Canceled, Completed, Provisioning};
        let expected = |from, event| match (from, event) {
            (Provisioning, Event::Done) => Some(Completed),
            (Provisioning, Event::Refused | Event::CanceledByClient) => Some(Canceled),
            _ => None,
        };
        for from in OrderStatus::ALL {
            for event in Event::ALL {
                assert_eq!(transition(from, event).ok(), expected(from, event), "{from} {event:?}");
            }
        }
    }

    #[test]
    fn the_deprecated_statuses_are_read_as_provisioning() {
        for word in DEPRECATED {
            assert_eq!(read_status(word), Ok(OrderStatus::Provisioning), "{word}");
        }
        assert_eq!(read_status("COMPLETED"), Ok(OrderStatus::Completed));
        assert_eq!(read_status("CANCELED"), Ok(OrderStatus::Canceled));
        for word in ["CANCELLED", "completed", ""] {
            assert_eq!(read_status(word), Err(ParseStatusError), "{word}");
        }
    }
}
