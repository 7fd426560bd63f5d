//! ECC provisioning orders (`infra/docs/contracts/ecc.md`, *Order*).

#[cfg(feature = "openapi")]
mod description;
mod get_provisioning_order;
mod routes;
mod start;

use store::{DynamoOrders, Table};

#[cfg(feature = "openapi")]
pub use description::describe;
pub use get_provisioning_order::{ProvisioningOrderResponse, StatusChangeResponse};
pub use start::start;

/// The function.
#[derive(Debug)]
pub struct ProvisioningOrdersApi {
    orders: DynamoOrders,
}

impl ProvisioningOrdersApi {
    /// With this table.
    pub const fn new(table: Table) -> Self {
        Self { orders: DynamoOrders::new(table) }
    }
}
