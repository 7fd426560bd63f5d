//! eSIM orders (`contracts/esim-orders.md`): taken here, carried out by `esim-worker`.

mod config;
mod create_esim_order;
#[cfg(feature = "openapi")]
mod description;
mod get_esim_order;
mod get_qr_code;
mod qr;
mod routes;

use std::sync::Arc;

use api::{ApiRequest, Problem};
use domain::{
    clock::{Clock, RandomSource},
    esim::{EsimOrder, EsimOrderId},
};
use lambda::system::{SystemClock, SystemRandom};
use store::{DynamoEsimOrders, Table};
use time::Duration;

pub use config::{Config, EsimAuthenticator};
#[cfg(feature = "openapi")]
pub use description::describe;
pub use qr::{QrCode, QrError};

/// The function.
pub struct EsimOrdersApi {
    orders: DynamoEsimOrders,
    watchdog: Duration,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
}

impl EsimOrdersApi {
    /// Over this table; an order that nothing happened to within `watchdog` is driven again.
    pub fn new(table: Table, watchdog: Duration) -> Self {
        Self {
            orders: DynamoEsimOrders::new(table),
            watchdog,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.clock = clock;
        self.random = random;
        self
    }

    /// The order in the path. Another tenant's does not exist for the caller.
    async fn find(&self, request: &ApiRequest) -> Result<EsimOrder, Problem> {
        let tenant = &request.identity()?.tenant;
        let id: EsimOrderId = request.params.get("id").parse().map_err(|_| Problem::NotFound)?;
        let order = self.orders.get(id).await.map_err(Problem::failed)?;
        order.filter(|order| order.tenant == *tenant).ok_or(Problem::NotFound)
    }
}
