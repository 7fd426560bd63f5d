use thiserror::Error;

use super::{OrderStatus, Side, word::words};

words! {
    /// What can happen to an order, without its circumstances.
    EventKind {
        /// Intake found nothing that stops it.
        Accepted = "accepted",
        /// It cannot be accepted.
        NotAccepted = "not accepted",
        /// The Seller starts to work on it.
        TreatmentStarted = "treatment starts",
        /// The Seller commits to a date.
        DateCommitted = "expected date committed",
        /// Identifiers, S-VLANs, billing account are assigned.
        Configured = "configuration assigned",
        /// The Buyer must send a corrected version.
        InformationNeeded = "more information needed",
        /// The corrected version is here.
        NewerVersionReceived = "newer version received",
        /// The correction did not come in time.
        CorrectionOverdue = "due date passed",
        /// The Buyer holds it, or the Seller is blocked.
        Held = "held",
        /// The side that held it lets it go on.
        Released = "released",
        /// What held it cannot be resolved.
        Unresolvable = "cannot be resolved",
        /// The Buyer cancels it.
        CancelledByBuyer = "cancelled by the buyer",
        /// The Seller cancels it.
        CancelledBySeller = "cancelled by the seller",
        /// No item is left to work on.
        Finished = "all items finished",
        /// The date may not be kept.
        DateAtRisk = "date at risk",
    }
}

/// Where a transition leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To this state.
    To(OrderStatus),
    /// Nowhere.
    Same,
    /// To the state the order was held from.
    HeldFrom,
    /// COMPLETED, PARTIAL or FAILED: as the items ended.
    ByOutcome,
}

/// A row of the transition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its number in the contract.
    pub number: u8,
    /// From which states; none is an order that is not yet there.
    pub from: &'static [Option<OrderStatus>],
    /// By what.
    pub event: EventKind,
    /// To where.
    pub to: Target,
}

const NEW: Option<OrderStatus> = None;
const ACKNOWLEDGED: Option<OrderStatus> = Some(OrderStatus::Acknowledged);
const IN_PROGRESS: Option<OrderStatus> = Some(OrderStatus::InProgress);
const PENDING: Option<OrderStatus> = Some(OrderStatus::Pending);
const HELD: Option<OrderStatus> = Some(OrderStatus::Held);
const OPEN: &[Option<OrderStatus>] = &[ACKNOWLEDGED, IN_PROGRESS, PENDING, HELD];

const fn on(number: u8, from: &'static [Option<OrderStatus>], event: EventKind, to: Target) -> Row {
    Row { number, from, event, to }
}

/// The transition table (*State machine*), row by row. What is not in it does not happen.
pub const TABLE: &[Row] = {
    use EventKind as On;
    use OrderStatus::{Acknowledged, Cancelled, Held, InProgress, Pending, Rejected};
    use Target::{ByOutcome, HeldFrom, Same, To};
    &[
        on(1, &[NEW], On::Accepted, To(Acknowledged)),
        on(2, &[NEW, ACKNOWLEDGED], On::NotAccepted, To(Rejected)),
        on(3, &[ACKNOWLEDGED], On::TreatmentStarted, To(InProgress)),
        on(4, &[IN_PROGRESS], On::DateCommitted, Same),
        on(5, &[IN_PROGRESS], On::Configured, Same),
        on(6, &[IN_PROGRESS], On::InformationNeeded, To(Pending)),
        on(7, &[PENDING], On::NewerVersionReceived, To(InProgress)),
        on(8, &[PENDING], On::CorrectionOverdue, To(Cancelled)),
        on(9, &[ACKNOWLEDGED, IN_PROGRESS], On::Held, To(Held)),
        on(10, &[HELD], On::Released, HeldFrom),
        on(11, &[HELD], On::Unresolvable, To(Cancelled)),
        on(12, OPEN, On::CancelledByBuyer, To(Cancelled)),
        on(13, OPEN, On::CancelledBySeller, To(Cancelled)),
        on(14, &[IN_PROGRESS], On::Finished, ByOutcome),
        on(15, OPEN, On::DateAtRisk, Same),
    ]
};

/// The event cannot happen now. The order is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TransitionError {
    /// Not in the table.
    #[error("{event}: not possible when {}", from.map_or("new", OrderStatus::as_str))]
    NotAllowed {
        /// The state the order is in.
        from: Option<OrderStatus>,
        /// What should have happened.
        event: EventKind,
    },
    /// Only the side that held an order releases it.
    #[error("held by the other side: {by}")]
    HeldByOther {
        /// The side that held it.
        by: Side,
    },
    /// A part of the order is already delivered.
    #[error("past the point of no return: an item is completed")]
    PastPointOfNoReturn,
    /// The correction may still come.
    #[error("the correction is not yet due")]
    NotYetDue,
}

/// The row for an event in a state; none is an order that is not yet there.
///
/// # Errors
/// [`TransitionError::NotAllowed`] when there is none.
pub fn row(from: Option<OrderStatus>, event: EventKind) -> Result<&'static Row, TransitionError> {
    TABLE
        .iter()
        .find(|row| row.event == event && row.from.contains(&from))
        .ok_or(TransitionError::NotAllowed { from, event })
}
