//! ECC provisioning orders (`infra/docs/contracts/ecc.md`, *Order*): read, listed and canceled here.

mod cancel_provisioning_order;
mod config;
#[cfg(feature = "openapi")]
mod description;
mod get_provisioning_order;
mod list_provisioning_orders;
mod routes;
mod start;

use std::sync::Arc;

use api::{ApiRequest, Problem, cursor::Cursors};
use domain::{clock::Clock, provisioning::OrderNumber};
use ecc::ProvisioningOrders;
use lambda::system::SystemClock;
use store::{DynamoResponses, Table};

pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use get_provisioning_order::{ProvisioningOrderResponse, StatusChangeResponse};
pub use list_provisioning_orders::ProvisioningOrderList;
pub use start::start;

/// The function.
pub struct ProvisioningOrdersApi {
    orders: ProvisioningOrders,
    responses: DynamoResponses,
    cursors: Cursors,
}

impl ProvisioningOrdersApi {
    /// With this table.
    pub fn new(table: Table, config: &Config) -> Self {
        let clock = Arc::new(SystemClock);
        Self {
            responses: DynamoResponses::new(table.clone(), clock.clone()),
            orders: ProvisioningOrders::new(table, config.watchdog, clock),
            cursors: Cursors::new(config.callers.pepper.expose()),
        }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.responses = self.responses.with_clock(clock.clone());
        self.orders.clock = clock;
        self
    }
}

/// The number in the path. A malformed one cannot be that of an order.
fn number(request: &ApiRequest) -> Result<OrderNumber, Problem> {
    request.params.get("orderid").parse().map_err(|_| Problem::NotFound)
}
