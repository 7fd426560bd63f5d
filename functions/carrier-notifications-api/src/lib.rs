//! The notifications of carrier orders (`contracts/carrier-orders.md`, calls 9 and 10).

#[cfg(feature = "openapi")]
mod description;
mod get_carrier_notifications;
mod report_carrier_notification;
mod routes;

use api::{Api, ApiRequest, ApiResponse, Problem, Route, Schemes};
use carrier::{CarrierProblemBody, Config, Desk};
use store::Table;

#[cfg(feature = "openapi")]
pub use description::describe;
pub use routes::Operation;

/// The function.
pub struct CarrierNotificationsApi {
    desk: Desk,
}

impl CarrierNotificationsApi {
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

impl Api for CarrierNotificationsApi {
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
            Operation::Get => self.get_carrier_notifications(&request).await,
            Operation::Report => self.report_carrier_notification(&request).await,
        }
    }
}
