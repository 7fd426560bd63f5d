use thiserror::Error;

use crate::carrier::{
    Event, OrderView, Party, ReplacementError, ReportError, SellerReport, TransitionError,
};

/// What can happen to an order of a Seller here.
#[derive(Debug, Clone)]
pub enum SellerOrderEvent {
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
}

/// The event cannot happen to the order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SellerOrderError {
    /// Not in this status.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// The document cannot take the place of the other.
    #[error(transparent)]
    Replacement(#[from] ReplacementError),
    /// The report makes no event of the order.
    #[error(transparent)]
    Report(#[from] ReportError),
}
