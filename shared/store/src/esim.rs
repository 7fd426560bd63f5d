//! eSIM orders: the orders themselves, customers and their eSIMs, the catalogue, the pool.

mod catalogue;
mod customers;
mod ending;
mod inventory;
mod placing;
mod pool;
mod progress;
mod quarantine;
mod reading;
mod stock;
mod work;

pub use catalogue::DynamoCatalogue;
pub use customers::{DynamoCustomers, KnownCustomer};
pub use ending::EsimEnding;
pub use inventory::RemovedProfile;
pub use placing::{EsimPlacing, PlacedEsimOrder};
pub use pool::ReservedProfile;
pub use progress::{DynamoProgress, NotedProgress};
pub use quarantine::{DynamoQuarantine, QuarantinedProfile, ReleasedProfile};
pub use reading::{DynamoEsimOrders, KnownForOrder};
pub use stock::{DynamoStock, ImportedProfiles};
pub use work::{DynamoEsimWork, EsimStep, LeasedEsimOrder};
