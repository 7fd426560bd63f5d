//! Carries subscription orders out in the network (`infra/docs/architecture.md`, *Workers*).

mod config;
mod handler;
mod network;
mod start;

pub use config::Config;
pub use handler::SubscriptionWorker;
pub use network::HttpNetwork;
pub use start::start;
