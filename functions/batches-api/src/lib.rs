//! Batches of changes (`infra/docs/contracts/ecc.md`, *Batches*). They are stored here, and
//! executed by `batch-worker`.

mod bodies;
mod config;
mod create_batch;
#[cfg(feature = "openapi")]
mod description;
mod get_batch;
mod routes;
mod start;

use std::sync::Arc;

use domain::clock::Clock;
use ecc::Batches;
use lambda::{dispatch::Dispatch, system::SystemClock};
use store::{DynamoBatches, DynamoResponses, Table};

pub use bodies::{BatchRequestResponse, BatchResponse};
pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use start::start;

/// The function.
pub struct BatchesApi<D> {
    batches: Batches<D>,
    responses: DynamoResponses,
}

impl<D: Dispatch> BatchesApi<D> {
    /// Over this table; sends the work on batches by `queue`.
    pub fn new(table: Table, queue: D, config: &Config) -> Self {
        let clock = Arc::new(SystemClock);
        let responses = DynamoResponses::new(table.clone(), clock.clone());
        let batches = DynamoBatches::new(table);
        Self { batches: Batches { batches, queue, watchdog: config.watchdog, clock }, responses }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.responses = self.responses.with_clock(clock.clone());
        self.batches.clock = clock;
        self
    }
}
