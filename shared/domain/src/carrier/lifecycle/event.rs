use thiserror::Error;

use crate::carrier::{
    Event, Instruction, Notification, OrderId, OrderVersion, OrderView, Party, PendingRequest,
    ReplacementError, ReportError, RequestError, RequestOutcome, SellerReport, SellerUpdate,
    TransitionError,
};

/// What can happen to a carrier order.
#[derive(Debug, Clone)]
pub enum CarrierOrderEvent {
    /// Rows of the transition table, one after the other.
    Happened(Vec<Event>),
    /// The Seller's automation has done all items.
    Fulfilled {
        /// Whether services had S-VLAN ids before that the order has replaced or ended.
        releases: bool,
    },
    /// The S-VLAN ids that the order held are released.
    ResourcesReleased,
    /// The Seller's own systems report progress.
    Reported(Box<SellerReport>),
    /// The Buyer sends a newer document.
    Replaced {
        /// What decisions need of it.
        view: Box<OrderView>,
        /// The Seller, if registered.
        seller: Option<Box<Party>>,
    },
    /// The Buyer wants something of an order that is kept at its Seller.
    Requested {
        /// What.
        what: Instruction,
        /// What decisions need of the newer document, when there is one.
        view: Option<Box<OrderView>>,
    },
    /// The Seller has answered a request that was forwarded.
    SellerAnswered {
        /// The request.
        request: PendingRequest,
        /// The version of the document that was sent.
        sent: OrderVersion,
        /// The answer.
        answer: RequestOutcome,
    },
    /// The Seller has sent a notification.
    SellerNotified {
        /// What it says.
        report: Box<SellerReport>,
        /// Its `notificationVersion`.
        version: u32,
    },
    /// The Seller has said how the order stands.
    SellerSaid(Box<SellerUpdate>),
}

/// What an event causes besides the order's new state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CarrierEffect {
    /// What the Buyer is told, in order.
    pub notifications: Vec<Notification>,
    /// The Seller's id of the order, when that is news.
    pub seller_order: Option<OrderId>,
}

/// The event cannot happen to the order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CarrierOrderError {
    /// Not in this status.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// The document cannot take the place of the other.
    #[error(transparent)]
    Replacement(#[from] ReplacementError),
    /// The report makes no event of the order.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Too many requests wait for the Seller.
    #[error("the Seller has not answered what was forwarded before")]
    TooManyRequests,
    /// What the Seller says is known, or overtaken.
    #[error("the order stays as it is")]
    Unchanged,
    /// The order is kept at its Seller, or is not.
    #[error("not possible for an order that is kept by the other party")]
    OtherSide,
}

impl From<RequestError> for CarrierOrderError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Ended(error) => Self::Transition(error),
            RequestError::TooMany => Self::TooManyRequests,
        }
    }
}
