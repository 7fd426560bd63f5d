use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use super::ServiceOrderId;

/// The most requests to cancel one order: they are stored with it.
pub const MAX_CANCEL_TASKS: usize = 10;

/// Where a cancel task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TaskState {
    /// Stored; not decided.
    Accepted,
    /// Nothing stands against it: the orders of the items under way are being cancelled.
    InProgress,
    /// Final: whatever of the order had not ended is cancelled.
    Done,
    /// Final: an item had passed its point of no return.
    TerminatedWithError,
}

impl TaskState {
    /// Every state.
    pub const ALL: [Self; 4] =
        [Self::Accepted, Self::InProgress, Self::Done, Self::TerminatedWithError];

    /// Whether it is decided.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::TerminatedWithError)
    }
}

/// A request to cancel an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelTask {
    /// Which of its order's, from 1.
    pub number: u8,
    /// When it came.
    pub requested_at: OffsetDateTime,
    /// Why, in the client's words.
    pub reason: Option<String>,
    /// When the client wants it: kept and shown.
    pub wanted_at: Option<OffsetDateTime>,
    /// Where it stands.
    pub state: TaskState,
    /// When it was decided.
    pub ended_at: Option<OffsetDateTime>,
    /// Why it was refused.
    pub message: Option<String>,
}

impl CancelTask {
    /// Ends it.
    pub(super) fn end(&mut self, state: TaskState, message: Option<String>, at: OffsetDateTime) {
        (self.state, self.ended_at, self.message) = (state, Some(at), message);
    }
}

/// The id of a cancel task: its order's, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CancelTaskId {
    /// The order.
    pub order: ServiceOrderId,
    /// Which of its tasks.
    pub number: u8,
}

/// The text is no id of a cancel task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the id of an order, a full stop and a number")]
pub struct ParseCancelTaskIdError;

impl fmt::Display for CancelTaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.order, self.number)
    }
}

impl FromStr for CancelTaskId {
    type Err = ParseCancelTaskIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (order, number) = text.split_once('.').ok_or(ParseCancelTaskIdError)?;
        let id = Self {
            order: order.parse().map_err(|_| ParseCancelTaskIdError)?,
            number: number.parse().map_err(|_| ParseCancelTaskIdError)?,
        };
        // One text for each id: no leading zero, no sign.
        if id.number.to_string() == number { Ok(id) } else { Err(ParseCancelTaskIdError) }
    }
}
