//! Provisioning orders: the order, its subscription's lock, and the numbers it claims.

mod order;
mod placing;

use domain::provisioning::ProvisioningOrder;

use crate::orders::{OrderReader, OrderWork};

pub(crate) use order::LAST_ORDER;
pub use placing::{DynamoPlacing, Placed, Placing};

/// Reads provisioning orders. Can do nothing else.
pub type DynamoOrders = OrderReader<ProvisioningOrder>;

/// Executes provisioning orders: the end of one, its lock, its subscription and its numbers are
/// committed at once.
pub type DynamoWork = OrderWork<ProvisioningOrder>;
