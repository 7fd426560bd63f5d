//! Carries batches out (`infra/docs/contracts/ecc.md`, *Batches*).

mod config;
mod handler;

pub use config::Config;
pub use handler::BatchWorker;
