//! Carrier orders: the order, its document, its notifications; parties; S-VLAN ids.

mod commit;
mod list;
mod order;
mod parties;
mod placing;
mod reading;
mod svlans;

use domain::carrier::{AnyCarrierOrder, BuyerOrder, SellerOrder};

use crate::orders::{OrderReader, OrderWork};

pub use commit::{CarrierCommit, CommittedNotification, ReceivedNotification};
pub(crate) use list::LARGEST_PAGE;
pub use list::{CarrierList, CarrierListFilter, ItemSize, OrderDate, escaped_len};
pub use parties::DynamoParties;
pub use placing::{CarrierPlacing, PlacedCarrierOrder};
pub use reading::{NotificationPage, StoredNotification};
pub use svlans::{DynamoSvlans, Granted};

/// Reads and places carrier orders of both sides.
pub type DynamoCarrierOrders = OrderReader<AnyCarrierOrder>;

/// Commits what happens to orders of Sellers here: by a worker under its lease, or by a call of one
/// of the parties.
pub type DynamoSellerWork = OrderWork<SellerOrder>;

/// Commits what happens to orders of Buyers here at remote Sellers.
pub type DynamoBuyerWork = OrderWork<BuyerOrder>;

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
