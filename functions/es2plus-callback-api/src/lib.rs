//! Download progress reported by an SM-DP+ (GSMA SGP.22, 5.3.5 and 6.5.2.6).
//!
//! The SM-DP+ authenticates itself by HTTP Basic as a client with the role `operator`: see
//! `infra/decisions`.

mod config;
#[cfg(feature = "openapi")]
mod description;
mod handle_download_progress;
mod routes;
mod start;

use store::{DynamoProgress, Table};

pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use start::start;

/// The function.
#[derive(Debug, Clone)]
pub struct Es2PlusCallbackApi {
    progress: DynamoProgress,
}

impl Es2PlusCallbackApi {
    /// With this table.
    pub const fn new(table: Table) -> Self {
        Self { progress: DynamoProgress::new(table) }
    }
}
