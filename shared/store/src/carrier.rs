//! Carrier orders: the order, its document, its notifications; parties; S-VLAN ids.

mod list;
mod parties;
mod placing;
mod reading;
mod svlans;
mod work;

use domain::carrier::{OrderHeader, OrderProgress, OrderStatus};

pub use list::{CarrierList, CarrierListFilter, OrderDate};
pub use parties::DynamoParties;
pub use placing::{CarrierPlacing, PlacedCarrierOrder};
pub use reading::{DynamoCarrierOrders, StoredNotification};
pub use svlans::{DynamoSvlans, Granted};
pub use work::{CarrierCommit, Committed, DynamoCarrierWork, LeasedCarrierOrder};

/// A carrier order as it is stored, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierOrder {
    /// Which order it is.
    pub header: OrderHeader,
    /// How it stands.
    pub progress: OrderProgress,
    /// Follows the request that placed it.
    pub correlation_id: String,
    /// Rises by one on each write.
    pub revision: u64,
    /// How many seconds the automation lets pass between two steps.
    pub pace: Option<u32>,
    /// Whether it has ended and holds S-VLAN ids that must still be freed.
    pub release: bool,
    /// How many steps it has taken: the `ETag`. A lease that is taken changes the revision, but
    /// nothing that anybody sees.
    pub step: u64,
    pub(crate) sequence: u64,
    /// The state that was read, to be compared with the one that is stored.
    pub(crate) stored: OrderStatus,
}

impl CarrierOrder {
    /// An order that is not stored yet.
    pub fn new(
        header: OrderHeader,
        progress: OrderProgress,
        correlation_id: String,
        pace: Option<u32>,
    ) -> Self {
        let stored = progress.status;
        Self {
            header,
            progress,
            correlation_id,
            revision: 1,
            pace,
            release: false,
            step: 1,
            sequence: 1,
            stored,
        }
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
