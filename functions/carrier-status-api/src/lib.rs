//! The status of carrier orders (`contracts/carrier-orders.md`, calls 6 to 8).

#[cfg(feature = "openapi")]
mod description;
mod get_carrier_order_status;
mod receive_carrier_order_status;
mod request_carrier_order_status;
mod routes;

use std::sync::Arc;

use carrier::{Config, Desk};
use lambda::system::SystemClock;
use store::{DynamoResponses, Table};

#[cfg(feature = "openapi")]
pub use description::describe;

/// The function.
pub struct CarrierStatusApi {
    desk: Desk,
    responses: DynamoResponses,
}

impl CarrierStatusApi {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        let responses = DynamoResponses::new(table.clone(), Arc::new(SystemClock));
        Self { desk: Desk::new(table, config.watchdog), responses }
    }

    /// With another desk: for tests.
    #[must_use]
    pub fn with_desk(mut self, desk: Desk) -> Self {
        self.responses = self.responses.with_clock(desk.clock.clone());
        self.desk = desk;
        self
    }
}
