//! Carrier orders: list, create, read, replace, patch, cancel, hold, release
//! (`contracts/carrier-orders.md`, *Parties*). What the Buyer sends is kept as it came; the work
//! on it is `carrier-order-worker`'s, or the Seller's own systems'.

mod cancel_carrier_order;
mod create_carrier_order;
#[cfg(feature = "openapi")]
mod description;
mod get_carrier_order;
mod hold_carrier_order;
mod legacy;
mod list_carrier_orders;
mod release_carrier_order;
mod replace_carrier_order;
mod routes;

use api::{Api, ApiRequest, ApiResponse, Problem, Route, Schemes, cursor::Cursors};
use carrier::{CarrierProblemBody, Config, Desk};
use store::Table;

#[cfg(feature = "openapi")]
pub use description::describe;
pub use routes::Operation;

/// The function.
pub struct CarrierOrdersApi {
    desk: Desk,
    cursors: Cursors,
}

impl CarrierOrdersApi {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        let cursors = Cursors::new(config.pepper.expose());
        Self { desk: Desk::new(table, config.watchdog), cursors }
    }

    /// With another desk: for tests.
    #[must_use]
    pub fn with_desk(mut self, desk: Desk) -> Self {
        self.desk = desk;
        self
    }
}

impl Api for CarrierOrdersApi {
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
            Operation::List => self.list_carrier_orders(&request).await,
            Operation::ListLegacy => self.list_carrier_orders_legacy(&request).await,
            Operation::Create => self.create_carrier_order(&request).await,
            Operation::Get => self.get_carrier_order(&request).await,
            Operation::Replace => self.replace_carrier_order(&request).await,
            Operation::Patch => self.patch_carrier_order(&request).await,
            Operation::Cancel => self.cancel_carrier_order(&request).await,
            Operation::Hold => self.hold_carrier_order(&request).await,
            Operation::Release => self.release_carrier_order(&request).await,
        }
    }
}
