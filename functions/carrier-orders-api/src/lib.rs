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

use std::sync::Arc;

use api::cursor::Cursors;
use carrier::{CarrierOrders, Config};
use lambda::system::SystemClock;
use store::{DynamoResponses, Table};

#[cfg(feature = "openapi")]
pub use description::describe;

/// The function.
pub struct CarrierOrdersApi {
    carrier_orders: CarrierOrders,
    responses: DynamoResponses,
    cursors: Cursors,
}

impl CarrierOrdersApi {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        let cursors = Cursors::new(config.pepper.expose());
        let responses = DynamoResponses::new(table.clone(), Arc::new(SystemClock));
        Self { carrier_orders: CarrierOrders::new(table, config.watchdog), responses, cursors }
    }

    /// With another service: for tests.
    #[must_use]
    pub fn with_orders(mut self, carrier_orders: CarrierOrders) -> Self {
        self.responses = self.responses.with_clock(carrier_orders.clock.clone());
        self.carrier_orders = carrier_orders;
        self
    }
}
