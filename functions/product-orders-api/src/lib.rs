//! Product orders (TMF622 v4.0; `infra/docs/contracts/tmf-orders.md`): placed, listed, changed and
//! cancelled here, executed by `service-order-worker`.

mod create_cancel_product_order;
mod create_product_hub;
mod create_product_order;
mod delete_product_hub;
mod delete_product_order;
#[cfg(feature = "openapi")]
mod description;
mod get_cancel_product_order;
mod get_product_order;
mod list_cancel_product_orders;
mod list_product_orders;
mod patch_product_order;
mod routes;
mod start;

use std::sync::Arc;

use domain::{
    clock::{Clock, RandomSource},
    service_order::Face,
};
use endpoints::Webhooks;
use lambda::system::{SystemClock, SystemRandom};
use store::{DynamoResponses, Table};
use tmf::{Config, ServiceOrders};

#[cfg(feature = "openapi")]
pub use description::describe;
pub use start::start;

/// The function.
pub struct ProductOrdersApi {
    orders: ServiceOrders,
    responses: DynamoResponses,
    hub: Webhooks<()>,
}

impl ProductOrdersApi {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let responses = DynamoResponses::new(table.clone(), Arc::clone(&clock));
        let sources = (clock, Arc::new(SystemRandom) as Arc<dyn RandomSource>);
        let hub = Webhooks::without_queue(table, config.watchdog, sources.clone());
        Self {
            orders: ServiceOrders::new(Face::Product, table, config.watchdog, sources),
            responses,
            hub,
        }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.responses = self.responses.with_clock(Arc::clone(&clock));
        (self.hub.clock, self.hub.random) = (Arc::clone(&clock), Arc::clone(&random));
        (self.orders.clock, self.orders.random) = (clock, random);
        self
    }
}
