//! The states of an eSIM order, and the one table of what may happen in them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EsimOrderStatus {
    /// Stored, not started.
    Accepted,
    /// At the SM-DP+ or the network.
    Fulfilling,
    /// The eSIM is ready to install, or the plan added.
    Completed,
    /// Ended without effect.
    Failed,
}

impl EsimOrderStatus {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Fulfilling, Self::Completed, Self::Failed];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::Fulfilling => "FULFILLING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

impl fmt::Display for EsimOrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is no status of an eSIM order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a status of an eSIM order")]
pub struct ParseEsimStatusError;

impl FromStr for EsimOrderStatus {
    type Err = ParseEsimStatusError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(ParseEsimStatusError)
    }
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EsimEvent {
    /// A worker writes down its first step, or, after a crash, goes on.
    Started,
    /// All of it is done.
    Fulfilled,
    /// It has no effect, and everything that was begun is undone.
    EndedWithoutEffect,
}

impl EsimEvent {
    /// Every event.
    pub const ALL: [Self; 3] = [Self::Started, Self::Fulfilled, Self::EndedWithoutEffect];
}

/// The order is not in a state in which this can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{event:?} cannot happen to an order that is {from}")]
pub struct EsimTransitionError {
    /// Where it stands.
    pub from: EsimOrderStatus,
    /// What was to happen.
    pub event: EsimEvent,
}

/// The transition table (`infra/docs/contracts/esim-orders.md`).
///
/// An order that waits for a person keeps its state, and so its lock: nobody may act on its eSIM
/// while it may still take effect.
///
/// # Errors
/// The event cannot happen in that state.
pub const fn transition(
    from: EsimOrderStatus,
    event: EsimEvent,
) -> Result<EsimOrderStatus, EsimTransitionError> {
    use EsimOrderStatus::{Accepted, Completed, Failed, Fulfilling};
    match (from, event) {
        (Accepted | Fulfilling, EsimEvent::Started) => Ok(Fulfilling),
        (Fulfilling, EsimEvent::Fulfilled) => Ok(Completed),
        (Accepted | Fulfilling, EsimEvent::EndedWithoutEffect) => Ok(Failed),
        (Accepted, EsimEvent::Fulfilled) | (Completed | Failed, _) => {
            Err(EsimTransitionError { from, event })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_every_event_does_what_the_contract_says() {
        use EsimEvent::{EndedWithoutEffect, Fulfilled, Started};
        use EsimOrderStatus::{Accepted, Completed, Failed, Fulfilling};
        let table = [
            (Accepted, Started, Some(Fulfilling)),
            (Accepted, Fulfilled, None),
            (Accepted, EndedWithoutEffect, Some(Failed)),
            (Fulfilling, Started, Some(Fulfilling)),
            (Fulfilling, Fulfilled, Some(Completed)),
            (Fulfilling, EndedWithoutEffect, Some(Failed)),
            (Completed, Started, None),
            (Completed, Fulfilled, None),
            (Completed, EndedWithoutEffect, None),
            (Failed, Started, None),
            (Failed, Fulfilled, None),
            (Failed, EndedWithoutEffect, None),
        ];
        assert_eq!(table.len(), EsimOrderStatus::ALL.len() * EsimEvent::ALL.len());
        for (from, event, to) in table {
            assert_eq!(transition(from, event).ok(), to, "{from} {event:?}");
        }
    }

    #[test]
    fn the_words_are_those_of_the_contract() {
        for status in EsimOrderStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        for word in ["CANCELED", "completed", "PROVISIONING", ""] {
            assert_eq!(word.parse::<EsimOrderStatus>(), Err(ParseEsimStatusError), "{word}");
        }
    }
}
