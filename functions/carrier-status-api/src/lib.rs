//! The status of carrier orders (`contracts/carrier-orders.md`, calls 6 to 8).

#[cfg(feature = "openapi")]
mod description;
mod get_carrier_order_status;
mod receive_carrier_order_status;
mod request_carrier_order_status;
mod routes;

use carrier::{Config, Desk};
use store::Table;

#[cfg(feature = "openapi")]
pub use description::describe;

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
