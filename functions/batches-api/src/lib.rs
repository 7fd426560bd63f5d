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

use domain::clock::Clock;
use lambda::{dispatch::Dispatch, system::SystemClock};
use store::{DynamoBatches, Table};
use time::Duration;

pub use bodies::{BatchRequestResponse, BatchResponse};
pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;

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
