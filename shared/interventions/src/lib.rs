//! The service of orders that need intervention: resolving them, driving them again, and what an
//! order waits for.
//!
//! [`Interventions`] acts for the operator, whoever asks: a command or the console. It knows no HTTP.

mod error;
mod resolve;
mod retry;
mod waiting;

use store::Table;
use time::Duration;

pub use error::{ResolveError, RetryError};
pub use resolve::{Resolution, ResolveRequest, Resolved, ResolvedId};
pub use waiting::{has_ended, waits_for};

/// Resolves orders and drives them again.
#[derive(Debug, Clone)]
pub struct Interventions {
    table: Table,
    watchdog: Duration,
}

impl Interventions {
    /// In this table. The fan-out has `watchdog` to publish an end before the sweeper sends it again.
    pub const fn new(table: Table, watchdog: Duration) -> Self {
        Self { table, watchdog }
    }
}
