//! Batches of changes (`contracts/ecc.md`, *Batches*). They are stored here, and carried out by
//! `batch-worker`.

mod bodies;
mod config;
mod create_batch;
#[cfg(feature = "openapi")]
mod description;
mod get_batch;
mod routes;

use std::sync::Arc;

use api::{Api, ApiRequest, ApiResponse, Problem, Route};
use domain::clock::Clock;
use ecc::EccProblemBody;
use lambda::{dispatch::Dispatch, system::SystemClock};
use store::{DynamoBatches, Table};
use time::Duration;

pub use bodies::{BatchRequestResponse, BatchResponse};
pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use routes::Operation;

/// The function.
pub struct BatchesApi<D> {
    batches: DynamoBatches,
    queue: D,
    watchdog: Duration,
    clock: Arc<dyn Clock>,
}

impl<D: Dispatch> BatchesApi<D> {
    /// Over this table; sends the work on batches by `queue`.
    pub fn new(table: Table, queue: D, config: &Config) -> Self {
        let (batches, clock) = (DynamoBatches::new(table), Arc::new(SystemClock));
        Self { batches, queue, watchdog: config.watchdog, clock }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl<D: Dispatch> Api for BatchesApi<D> {
    type Operation = Operation;
    type Problems = EccProblemBody;

    fn routes() -> &'static [Route<Operation>] {
        &routes::ROUTES
    }

    async fn handle(
        &self,
        operation: Operation,
        request: ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        match operation {
            Operation::CreateBatch => self.create_batch(&request).await,
            Operation::GetBatch => self.get_batch(&request).await,
        }
    }
}
