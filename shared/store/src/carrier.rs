//! Carrier orders: the order, its document, its notifications; parties; S-VLAN ids.

mod commit;
mod list;
mod order;
mod parties;
mod placing;
mod reading;
mod svlans;

use domain::carrier::CarrierOrder;

use crate::orders::{OrderReader, OrderWork};

pub use commit::CarrierCommit;
pub use list::{CarrierList, CarrierListFilter, OrderDate};
pub use parties::DynamoParties;
pub use placing::{CarrierPlacing, PlacedCarrierOrder};
pub use reading::StoredNotification;
pub use svlans::{DynamoSvlans, Granted};

/// Reads and places carrier orders.
pub type DynamoCarrierOrders = OrderReader<CarrierOrder>;

/// Commits what happens to carrier orders: by a worker under its lease, or by a call of one of the
/// parties.
pub type DynamoCarrierWork = OrderWork<CarrierOrder>;

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
