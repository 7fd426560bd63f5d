//! The states of an order, and the rule that gives an order its state.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ItemState, TaskState};
use crate::order::Status;

/// Where an order stands: the words of TMF641 and TMF622, but for `held`: nothing holds an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderState {
    /// Stored; no item has begun.
    Acknowledged,
    /// Final: no item was accepted.
    Rejected,
    /// Every item waits, for a date or for another item.
    Pending,
    /// An item has begun, and not all have ended.
    InProgress,
    /// Final: cancelled before anything was done.
    Cancelled,
    /// Final: all items are done.
    Completed,
    /// Final: no item is done, and at least one failed.
    Failed,
    /// Final: some items are done.
    Partial,
    /// Its client wants it cancelled; whether that is possible is not decided.
    AssessingCancellation,
    /// The orders of its items are being cancelled.
    PendingCancellation,
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Acknowledged,
        Self::Rejected,
        Self::Pending,
        Self::InProgress,
        Self::Cancelled,
        Self::Completed,
        Self::Failed,
        Self::Partial,
        Self::AssessingCancellation,
        Self::PendingCancellation,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Rejected => "rejected",
            Self::Pending => "pending",
            Self::InProgress => "inProgress",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Partial => "partial",
            Self::AssessingCancellation => "assessingCancellation",
            Self::PendingCancellation => "pendingCancellation",
        }
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Cancelled | Self::Completed | Self::Failed | Self::Partial
        )
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Status for OrderState {
    fn as_str(self) -> &'static str {
        self.as_str()
    }

    fn is_final(self) -> bool {
        self.is_final()
    }
}

/// The rule (`infra/docs/contracts/tmf-orders.md`, *State*): the state of an order whose items, at
/// least one, have these states, and of which a request to cancel is in this state; none is open or all have
/// ended.
pub fn order_state(items: &[ItemState], task: Option<TaskState>) -> OrderState {
    let any = |state| items.contains(&state);
    if items.iter().all(|state| state.is_final()) {
        if items.iter().all(|state| *state == ItemState::Completed) {
            OrderState::Completed
        } else if any(ItemState::Completed) {
            OrderState::Partial
        } else if any(ItemState::Failed) {
            OrderState::Failed
        } else if any(ItemState::Rejected) {
            OrderState::Rejected
        } else {
            OrderState::Cancelled
        }
    } else if task == Some(TaskState::InProgress) {
        OrderState::PendingCancellation
    } else if task == Some(TaskState::Accepted) {
        OrderState::AssessingCancellation
    } else if items.iter().any(|state| state.has_begun()) {
        OrderState::InProgress
    } else if any(ItemState::Acknowledged) {
        OrderState::Acknowledged
    } else {
        OrderState::Pending
    }
}
