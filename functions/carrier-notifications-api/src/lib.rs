//! The notifications of carrier orders (`infra/docs/contracts/carrier-orders.md`, calls 9 and 10).

#[cfg(feature = "openapi")]
mod description;
mod get_carrier_notifications;
mod report_carrier_notification;
mod routes;
mod start;

use std::sync::Arc;

use api::cursor::Cursors;
use carrier::{CarrierOrders, Config};
use lambda::system::SystemClock;
use store::{DynamoResponses, Table};

#[cfg(feature = "openapi")]
pub use description::describe;
pub use start::start;

/// The function.
pub struct CarrierNotificationsApi {
    carrier_orders: CarrierOrders,
    responses: DynamoResponses,
    cursors: Cursors,
}

impl CarrierNotificationsApi {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        let responses = DynamoResponses::new(table.clone(), Arc::new(SystemClock));
        let cursors = Cursors::new(config.callers.pepper.expose());
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
}
