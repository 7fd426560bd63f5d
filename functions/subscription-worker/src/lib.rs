//! Carries subscription orders out in the network (`design.md`, *Workers*).

mod config;
mod handler;
mod network;

pub use config::Config;
pub use handler::SubscriptionWorker;
pub use network::HttpNetwork;
