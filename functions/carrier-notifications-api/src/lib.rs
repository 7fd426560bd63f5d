//! The notifications of carrier orders (`contracts/carrier-orders.md`, calls 9 and 10).

#[cfg(feature = "openapi")]
mod description;
mod get_carrier_notifications;
mod report_carrier_notification;
mod routes;

use carrier::{Config, Desk};
use store::Table;

#[cfg(feature = "openapi")]
pub use description::describe;

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
