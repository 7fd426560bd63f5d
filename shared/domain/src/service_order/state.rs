//! The states of an order, and the rule that gives an order its state.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ItemState;
use crate::order::Status;

/// Where an order stands: the words of TMF641 and TMF622. Two of their words are missing: nothing
/// holds an order, and a request to cancel is decided in one step.
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
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Acknowledged,
        Self::Rejected,
        Self::Pending,
        Self::InProgress,
        Self::Cancelled,
        Self::Completed,
        Self::Failed,
        Self::Partial,
        Self::AssessingCancellation,
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
/// least one, have these states, and of which a request to cancel is open or not.
pub fn order_state(items: &[ItemState], is_cancel_open: bool) -> OrderState {
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
    } else if is_cancel_open {
        OrderState::AssessingCancellation
    } else if items.iter().any(|state| state.has_begun()) {
        OrderState::InProgress
    } else if any(ItemState::Acknowledged) {
        OrderState::Acknowledged
    } else {
        OrderState::Pending
    }
}
