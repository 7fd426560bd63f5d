//! ECC provisioning orders (`contracts/ecc.md`, *Order*).

#[cfg(feature = "openapi")]
mod description;
mod get_provisioning_order;
mod routes;

use api::{Api, ApiRequest, ApiResponse, Problem, Route};
use ecc::EccProblemBody;
use store::{DynamoOrders, Table};

#[cfg(feature = "openapi")]
pub use description::describe;
pub use get_provisioning_order::{PassageResponse, ProvisioningOrderResponse};
pub use routes::Operation;

/// The function.
#[derive(Debug)]
pub struct ProvisioningOrdersApi {
    orders: DynamoOrders,
}

impl ProvisioningOrdersApi {
    /// Over this table.
    pub const fn new(table: Table) -> Self {
        Self { orders: DynamoOrders::new(table) }
    }
}

impl Api for ProvisioningOrdersApi {
    type Operation = Operation;
    type Problems = EccProblemBody;

    fn routes() -> &'static [Route<Operation>] {
        &routes::ROUTES
    }

    async fn handle(
        &self,
        operation: Operation,
        request: ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        match operation {
            Operation::GetProvisioningOrder => self.get_provisioning_order(&request).await,
        }
    }
}
