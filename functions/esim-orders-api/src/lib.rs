//! eSIM orders (`infra/docs/contracts/esim-orders.md`): placed here, executed by `esim-worker`.

mod cancel_esim_order;
mod config;
mod create_esim_order;
#[cfg(feature = "openapi")]
mod description;
mod get_esim_order;
mod get_qr_code;
mod list_esim_orders;
mod qr;
mod routes;
mod start;

use std::sync::Arc;

use api::{ApiRequest, Problem, cursor::Cursors};
use domain::{
    clock::{Clock, RandomSource},
    esim::EsimOrder,
    scenario::Sandbox,
};
use esim::EsimOrders;
use lambda::{
    system::{SystemClock, SystemRandom},
    telemetry::name_order,
};
use store::{DynamoEsimOrders, DynamoResponses, Table};
use time::Duration;

pub use config::{Config, EsimAuthenticator};
#[cfg(feature = "openapi")]
pub use description::describe;
pub use qr::{QrCode, QrError};
pub use start::start;

/// The function.
pub struct EsimOrdersApi {
    orders: EsimOrders,
    responses: DynamoResponses,
    cursors: Cursors,
}

impl EsimOrdersApi {
    /// Over this table; an order that nothing happened to within `watchdog` is driven again.
    pub fn new(table: Table, watchdog: Duration) -> Self {
        let clock = Arc::new(SystemClock);
        let responses = DynamoResponses::new(table.clone(), clock.clone());
        let (orders, random) = (DynamoEsimOrders::new(table), Arc::new(SystemRandom));
        let cursors = Cursors::without_secret();
        let sandbox = Sandbox::Off;
        let orders = EsimOrders { orders, sandbox, watchdog, clock, random };
        Self { orders, responses, cursors }
    }

    /// In this kind of deployment.
    #[must_use]
    pub fn in_sandbox(mut self, sandbox: Sandbox) -> Self {
        self.orders.sandbox = sandbox;
        self
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.responses = self.responses.with_clock(clock.clone());
        self.orders.clock = clock;
        self.orders.random = random;
        self
    }

    /// The order in the path. Another tenant's does not exist for the caller.
    async fn find(&self, request: &ApiRequest) -> Result<EsimOrder, Problem> {
        let tenant = &request.identity()?.tenant;
        let id = request.params.get("id").parse().map_err(|_| Problem::NotFound)?;
        let order = self.orders.get(tenant, id).await.map_err(Problem::failed)?;
        order.iter().for_each(|order| name_order(&order.id.to_string()));
        order.ok_or(Problem::NotFound)
    }
}
