//! What a carrier order is on both sides: the part that the Seller's order and the Buyer's order at
//! a remote Seller have in common.

use time::OffsetDateTime;

use super::{
    BuyerOrder, Notification, OrderHeader, OrderId, OrderProgress, OrderStatus, SellerOrder,
};
use crate::order::{Intervention, Lifecycle, NextAction, Status, StatusChange};

/// What both sides have of a carrier order, without its document: all that is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierOrder {
    /// Which order it is.
    pub header: OrderHeader,
    /// How it stands.
    pub progress: OrderProgress,
    /// The statuses it has come to lately, oldest first.
    pub history: Vec<StatusChange<OrderStatus>>,
    /// Set while it needs intervention.
    pub needs_intervention: Option<Intervention>,
    /// Follows the request that placed it.
    pub correlation_id: String,
    /// How many changes it has had that its parties see: the `ETag`. A lease that is taken changes
    /// the revision, but nothing that anyone sees.
    pub entity_tag: u64,
    /// Rises by one with each write.
    pub revision: u64,
}

/// The aggregate of one side.
pub trait CarrierSide: Lifecycle<Status = OrderStatus> {
    /// What both sides have.
    fn order(&self) -> &CarrierOrder;

    /// What an event tells the Buyer, in order.
    fn notifications(_: &Self::Effect) -> &[Notification] {
        &[]
    }

    /// The Seller's id of the order, when an event makes it known.
    fn new_seller_order(_: &Self::Effect) -> Option<&OrderId> {
        None
    }
}

/// A carrier order as it is kept here: as its Seller's, or as its Buyer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyCarrierOrder {
    /// Of a Seller here.
    Seller(SellerOrder),
    /// Of a Buyer here, at a remote Seller.
    Buyer(BuyerOrder),
}

impl Status for OrderStatus {
    fn as_str(self) -> &'static str {
        self.as_str()
    }

    fn is_final(self) -> bool {
        self.is_final()
    }
}

impl CarrierOrder {
    /// An order that is placed `now`.
    pub fn new(
        header: OrderHeader,
        progress: OrderProgress,
        correlation_id: String,
        now: OffsetDateTime,
    ) -> Self {
        let status = progress.status;
        let first = StatusChange { sequence: 1, status, at: now, reason: None, by: None };
        Self {
            header,
            progress,
            history: vec![first],
            needs_intervention: None,
            correlation_id,
            entity_tag: 1,
            revision: 1,
        }
    }

    /// The order that an event changes: its next revision, which needs no intervention.
    pub(super) fn next_revision(&self) -> Self {
        Self {
            needs_intervention: None,
            entity_tag: self.entity_tag + 1,
            revision: self.revision + 1,
            ..self.clone()
        }
    }

    /// Adds the status to the history, if an event has led to another.
    pub(super) fn record_status(&mut self, at: OffsetDateTime) {
        let status = self.progress.status;
        if self.history.last().is_some_and(|last| last.status == status) {
            return;
        }
        let cancellation = self.progress.cancellation.as_ref();
        let reason = cancellation.map(|cancellation| cancellation.reason.clone());
        let sequence = self.history.last().map_or(1, |last| last.sequence + 1);
        self.history.push(StatusChange { sequence, status, at, reason, by: None });
    }

    /// What is due on an order on which its worker has nothing to do.
    pub(super) const fn idle(&self) -> NextAction {
        match self.progress.status.is_final() {
            true => NextAction::Finished,
            false => NextAction::AwaitOthers,
        }
    }
}

impl AnyCarrierOrder {
    /// What both sides have.
    pub const fn order(&self) -> &CarrierOrder {
        match self {
            Self::Seller(SellerOrder { order, .. }) | Self::Buyer(BuyerOrder { order, .. }) => {
                order
            }
        }
    }

    /// What both sides have.
    pub fn into_order(self) -> CarrierOrder {
        match self {
            Self::Seller(SellerOrder { order, .. }) | Self::Buyer(BuyerOrder { order, .. }) => {
                order
            }
        }
    }
}
