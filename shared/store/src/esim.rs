//! eSIM orders: the orders themselves, customers and their eSIMs, the catalogue, the pool.

mod catalogue;
mod customers;
mod erasure;
mod inventory;
mod order;
mod placing;
mod pool;
mod profile;
mod progress;
mod quarantine;
mod reading;
mod stock;

use domain::esim::EsimOrder;

use crate::orders::{OrderReader, OrderWork};

pub use catalogue::DynamoCatalogue;
pub use customers::{DynamoCustomers, KnownCustomer};
pub use erasure::{CustomerErasure, ErasingCustomer};
pub use inventory::RemovedProfile;
pub use placing::{EsimPlacing, PlacedEsimOrder};
pub use pool::ReservedProfile;
pub use progress::{DynamoProgress, NotedProgress};
pub use quarantine::{DynamoQuarantine, QuarantinedProfile, ReleasedProfile};
pub use reading::KnownForOrder;
pub use stock::{DynamoStock, ImportedProfiles};

/// Reads and places eSIM orders.
pub type DynamoEsimOrders = OrderReader<EsimOrder>;

/// Executes eSIM orders: each step is committed before the next is begun.
pub type DynamoEsimWork = OrderWork<EsimOrder>;
