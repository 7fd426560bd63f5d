//! Carrier orders: list, create, read, replace, patch, cancel, hold, release
//! (`infra/docs/contracts/carrier-orders.md`, *Parties*). What the Buyer sends is kept as it came;
//! the work on it is `carrier-order-worker`'s, or the Seller's own systems'.

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
mod start;

use std::sync::Arc;

use api::{ApiRequest, ApiResponse, Problem, cursor::Cursors};
use carrier::{
    CarrierOrders, Command, Config,
    http::{Call, id_in},
};
use lambda::system::SystemClock;
use store::{DynamoResponses, Table};

#[cfg(feature = "openapi")]
pub use description::describe;
pub use start::start;

/// The function.
pub struct CarrierOrdersApi {
    carrier_orders: CarrierOrders,
    responses: DynamoResponses,
    cursors: Cursors,
}

impl CarrierOrdersApi {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        let cursors = Cursors::new(config.callers.pepper.expose());
        let responses = DynamoResponses::new(table.clone(), Arc::new(SystemClock));
        Self {
            carrier_orders: CarrierOrders::new(table, config.watchdog).in_sandbox(config.sandbox),
            responses,
            cursors,
        }
    }

    /// With another service: for tests.
    #[must_use]
    pub fn with_orders(mut self, carrier_orders: CarrierOrders) -> Self {
        self.responses = self.responses.with_clock(carrier_orders.clock.clone());
        self.carrier_orders = carrier_orders;
        self
    }

    /// Executes a command on the order in the path.
    async fn execute(
        &self,
        request: &ApiRequest,
        command: &Command,
    ) -> Result<ApiResponse, Problem> {
        let (id, call) = (id_in(request)?, Call::new(request)?);
        let outcome = self.carrier_orders.execute(&call.context()?, &id, command).await?;
        call.respond(outcome)
    }
}
