use thiserror::Error;
use time::OffsetDateTime;

use super::SellerUpdate;
use crate::carrier::{
    EventKind, OrderId, OrderMessage, OrderStatus, OrderVersion, OrderView, ReplacementError,
    SellerReport, TransitionError,
};

/// Something that our side wants of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    /// 1 for the first of an order. Stands in the key under which it is sent: however often that
    /// happens, it is one request.
    pub number: u32,
    /// What is wanted.
    pub what: Instruction,
    /// Since when.
    pub at: OffsetDateTime,
}

/// What can be wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// That the order be placed.
    Place,
    /// That the newer document take the place of the other.
    Replace,
    /// That it be cancelled.
    Cancel {
        /// Why, at most 300 characters.
        reason: Option<String>,
    },
    /// That it be held.
    Hold,
    /// That it go on.
    Release,
}

impl Instruction {
    /// What it is called in messages to the Buyer.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Replace => "replace",
            Self::Cancel { .. } => "cancel",
            Self::Hold => "hold",
            Self::Release => "release",
        }
    }

    /// Whether the Buyer's document is sent with it.
    pub const fn sends_the_document(&self) -> bool {
        matches!(self, Self::Place | Self::Replace)
    }

    /// The event of the transition table that it would be.
    pub(super) const fn event(&self) -> EventKind {
        match self {
            Self::Place => EventKind::Accepted,
            Self::Replace => EventKind::NewerVersionReceived,
            Self::Cancel { .. } => EventKind::CancelledByBuyer,
            Self::Hold => EventKind::Held,
            Self::Release => EventKind::Released,
        }
    }
}

/// What can happen to a Buyer's order at a remote Seller.
#[derive(Debug, Clone)]
pub enum BuyerOrderEvent {
    /// The Buyer wants something of it.
    Requested {
        /// What.
        what: Instruction,
        /// What decisions need of the newer document, when there is one.
        view: Option<Box<OrderView>>,
    },
    /// The Seller has answered a request that was forwarded.
    Answered {
        /// The request.
        request: PendingRequest,
        /// The version of the document that was sent.
        sent: OrderVersion,
        /// The response.
        answer: RequestOutcome,
    },
    /// The Seller has sent a notification.
    Notified {
        /// What it says.
        report: Box<SellerReport>,
        /// Its `notificationVersion`, if it has one.
        version: Option<u32>,
    },
    /// The Seller has said how the order stands.
    StatusReported(Box<SellerUpdate>),
    /// The operator ends it, in place of a Seller that does not report any more.
    Resolved {
        /// How it ends.
        status: OrderStatus,
        /// Why, in words for the Buyer.
        reason: String,
        /// The operator's name.
        by: String,
    },
}

/// The Seller's response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestOutcome {
    /// Done; with the order, if the response held it.
    Done(Option<Box<(OrderId, SellerUpdate)>>),
    /// The order that should be placed is there already: an earlier placing was done, and its
    /// response was lost.
    Found {
        /// The order.
        order: Box<(OrderId, SellerUpdate)>,
        /// In which version, if the Seller says so.
        version: Option<OrderVersion>,
    },
    /// Refused: nothing has changed there.
    Refused {
        /// What the Seller's response was, in words.
        why: String,
        /// What the Seller says about it.
        messages: Vec<OrderMessage>,
    },
}

/// The event cannot happen to the order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuyerOrderError {
    /// Not in this status.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// The document cannot take the place of the other.
    #[error(transparent)]
    Replacement(#[from] ReplacementError),
    /// Too many requests wait for the Seller.
    #[error("the Seller has not answered what was forwarded before")]
    TooManyRequests,
    /// What the Seller says is known, or overtaken.
    #[error("the order stays as it is")]
    Unchanged,
}
