//! Carries subscription orders out in the network (`infra/docs/architecture.md`, *Workers*).

mod config;
mod handler;
mod network;
mod networks;
mod sandbox;
mod start;
mod step_network;
mod steps;

pub use config::Config;
pub use handler::SubscriptionWorker;
pub use network::HttpNetwork;
pub use networks::Networks;
pub use sandbox::SandboxNetwork;
pub use start::start;
pub use step_network::StepNetwork;
