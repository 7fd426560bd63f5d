//! Service orders and product orders: the order, the client's document, and the claim on the
//! client's id.

mod changing;
mod order;
mod placing;
mod reading;

use domain::service_order::ServiceOrder;

use crate::orders::{OrderReader, OrderWork};

pub use changing::DeletedServiceOrder;
pub use placing::{PlacedServiceOrder, ServicePlacing};
pub use reading::{ListedOrders, MOST_SERVICE_ORDERS};

/// Reads and places service orders.
pub type DynamoServiceOrders = OrderReader<ServiceOrder>;

/// Commits what happens to service orders: by a worker under its lease, or by a call of the client.
pub type DynamoServiceWork = OrderWork<ServiceOrder>;
