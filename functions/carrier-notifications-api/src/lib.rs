//! The notifications of carrier orders (`contracts/carrier-orders.md`, calls 9 and 10).

#[cfg(feature = "openapi")]
mod description;
mod get_carrier_notifications;
mod report_carrier_notification;
mod routes;

use std::sync::Arc;

use carrier::{Config, Desk};
use lambda::system::SystemClock;
use store::{DynamoResponses, Table};

#[cfg(feature = "openapi")]
pub use description::describe;

/// The function.
pub struct CarrierNotificationsApi {
    desk: Desk,
    responses: DynamoResponses,
}

impl CarrierNotificationsApi {
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
