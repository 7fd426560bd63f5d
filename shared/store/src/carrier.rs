//! Carrier orders: the order, its document, its notifications; parties; S-VLAN ids.

mod list;
mod parties;
mod placing;
mod reading;
mod svlans;
mod work;

use domain::{
    carrier::{Mirror, OrderHeader, OrderId, OrderProgress, OrderStatus},
    order::{Intervention, StatusChange},
};
use time::OffsetDateTime;

pub use list::{CarrierList, CarrierListFilter, OrderDate};
pub use parties::DynamoParties;
pub use placing::{CarrierPlacing, PlacedCarrierOrder};
pub use reading::{DynamoCarrierOrders, StoredNotification};
pub use svlans::{DynamoSvlans, Granted};
pub(crate) use work::action;
pub use work::{CarrierCommit, CarrierCommitted, DynamoCarrierWork, LeasedCarrierOrder};

/// A carrier order as it is stored, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierOrder {
    /// Which order it is.
    pub header: OrderHeader,
    /// How it stands.
    pub progress: OrderProgress,
    /// Follows the request that placed it.
    pub correlation_id: String,
    /// Set while it needs intervention.
    pub needs_intervention: Option<Intervention>,
    /// Rises by one on each write.
    pub revision: u64,
    /// How many seconds the automation lets pass between two steps.
    pub pace: Option<u32>,
    /// Whether it has ended and holds S-VLAN ids that must still be freed.
    pub release: bool,
    /// How many steps it has taken: the `ETag`. A lease that is taken changes the revision, but
    /// nothing that anybody sees.
    pub step: u64,
    /// What is passed on to its Seller, when it is kept there.
    pub mirror: Option<Mirror>,
    /// The Seller's id of it, as it was read.
    pub(crate) known: Option<OrderId>,
    /// Every state it has come to, oldest first.
    pub(crate) history: Vec<StatusChange<OrderStatus>>,
    /// The state that was read, to be compared with the one that is stored.
    pub(crate) stored: OrderStatus,
}

/// When work on an order must go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkDue {
    /// It is our turn: something must have happened by then.
    By(OffsetDateTime),
    /// It waits, as it should: nothing is to be done before then.
    From(OffsetDateTime),
}

impl WorkDue {
    /// When the watchdog drives it.
    pub const fn at(self) -> OffsetDateTime {
        match self {
            Self::By(at) | Self::From(at) => at,
        }
    }
}

/// By when something must have happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarrierDue {
    /// The next step, if it is our turn.
    pub work: Option<WorkDue>,
    /// What has happened must have been told.
    pub telling: OffsetDateTime,
}

impl CarrierOrder {
    /// An order that is not stored yet, placed `now`.
    pub fn new(
        header: OrderHeader,
        progress: OrderProgress,
        correlation_id: String,
        pace: Option<u32>,
        now: OffsetDateTime,
    ) -> Self {
        let stored = progress.status;
        let first = StatusChange { sequence: 1, status: stored, at: now, reason: None, by: None };
        let history = vec![first];
        Self {
            header,
            progress,
            correlation_id,
            needs_intervention: None,
            revision: 1,
            pace,
            release: false,
            step: 1,
            mirror: None,
            known: None,
            history,
            stored,
        }
    }

    /// An order that is kept at its Seller elsewhere.
    #[must_use]
    pub fn mirrored(mut self, now: OffsetDateTime) -> Self {
        self.mirror = Some(Mirror::to_be_placed(now));
        self
    }

    /// Whether something waits to be passed on to its Seller; none when it is kept here.
    pub(crate) fn passing(&self) -> Option<bool> {
        self.mirror.as_ref().map(|mirror| mirror.next().is_some())
    }

    /// The Seller's id of it, when that is news.
    pub(crate) fn newly_known(&self) -> Option<&OrderId> {
        let id = self.mirror.as_ref().and_then(|mirror| mirror.seller_order.as_ref());
        id.filter(|id| self.known.as_ref() != Some(id))
    }

    /// Every status it has come to, and whether it has ended.
    pub(crate) fn changes(&self) -> (Vec<StatusChange<String>>, bool) {
        let text = |change: &StatusChange<OrderStatus>| StatusChange {
            sequence: change.sequence,
            status: change.status.as_str().to_owned(),
            at: change.at,
            reason: change.reason.clone(),
            by: change.by.clone(),
        };
        (self.history.iter().map(text).collect(), self.progress.status.is_final())
    }

    /// Its history, with the state it is in now.
    pub(crate) fn passed(&self, now: OffsetDateTime) -> Vec<StatusChange<OrderStatus>> {
        let mut history = self.history.clone();
        if self.progress.status != self.stored {
            let status = self.progress.status;
            let cancellation = self.progress.cancellation.as_ref();
            let reason = cancellation.map(|cancellation| cancellation.reason.clone());
            let sequence = u64::try_from(history.len()).unwrap_or(u64::MAX).saturating_add(1);
            history.push(StatusChange { sequence, status, at: now, reason, by: None });
        }
        history
    }
}

/// A notification to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotification {
    /// Its number: 1, 2, … without a gap.
    pub version: u32,
    /// The `orderNotification`, JSON text.
    pub body: String,
    /// Whether the Buyer wants it pushed.
    pub pushed: bool,
}
