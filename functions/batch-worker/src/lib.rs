//! Carries batches out (`infra/docs/contracts/ecc.md`, *Batches*).

mod config;
mod handler;
mod start;

pub use config::Config;
pub use handler::BatchWorker;
pub use start::start;
