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
    /// Final: what had not begun is cancelled.
    Done,
    /// Final: nothing was cancelled.
    TerminatedWithError,
}

impl TaskState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Done, Self::TerminatedWithError];
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
