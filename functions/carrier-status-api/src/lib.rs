//! The status of carrier orders (`infra/docs/contracts/carrier-orders.md`, calls 6 to 8).

#[cfg(feature = "openapi")]
mod description;
mod get_carrier_order_status;
mod receive_carrier_order_status;
mod request_carrier_order_status;
mod routes;
mod start;

use std::sync::Arc;

use carrier::{CarrierOrders, Config};
use lambda::system::SystemClock;
use store::{DynamoResponses, Table};

#[cfg(feature = "openapi")]
pub use description::describe;
pub use start::start;

/// The function.
pub struct CarrierStatusApi {
    carrier_orders: CarrierOrders,
    responses: DynamoResponses,
}

impl CarrierStatusApi {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        let responses = DynamoResponses::new(table.clone(), Arc::new(SystemClock));
        Self {
            carrier_orders: CarrierOrders::new(table, config.watchdog).in_sandbox(config.sandbox),
            responses,
        }
    }

    /// With another service: for tests.
    #[must_use]
    pub fn with_orders(mut self, carrier_orders: CarrierOrders) -> Self {
        self.responses = self.responses.with_clock(carrier_orders.clock.clone());
        self.carrier_orders = carrier_orders;
        self
    }
}
