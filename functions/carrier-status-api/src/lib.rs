//! The status of carrier orders (`contracts/carrier-orders.md`, calls 6 to 8).

#[cfg(feature = "openapi")]
mod description;
mod get_carrier_order_status;
mod receive_carrier_order_status;
mod request_carrier_order_status;
mod routes;

use api::{Api, ApiRequest, ApiResponse, Problem, Route, Schemes};
use carrier::{CarrierProblemBody, Config, Desk};
use store::Table;

#[cfg(feature = "openapi")]
pub use description::describe;
pub use routes::Operation;

/// The function.
pub struct CarrierStatusApi {
    desk: Desk,
}

impl CarrierStatusApi {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        Self { desk: Desk::new(table, config.watchdog) }
    }

    /// With another desk: for tests.
    #[must_use]
    pub fn with_desk(mut self, desk: Desk) -> Self {
        self.desk = desk;
        self
    }
}

impl Api for CarrierStatusApi {
    type Operation = Operation;
    type Problems = CarrierProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    fn routes() -> &'static [Route<Operation>] {
        &routes::ROUTES
    }

    async fn handle(
        &self,
        operation: Operation,
        request: ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        match operation {
            Operation::Get => self.get_carrier_order_status(&request).await,
            Operation::Find => self.find_carrier_order_status(&request).await,
            Operation::Request => self.request_carrier_order_status(&request).await,
            Operation::Receive => self.receive_carrier_order_status(&request).await,
        }
    }
}
