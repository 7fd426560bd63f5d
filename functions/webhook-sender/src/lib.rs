//! Delivers messages to endpoints (`infra/docs/reliability.md`, *Webhooks*).

mod config;
mod first;
mod handler;
mod receiver;
mod result;
mod start;
mod timing;
mod transport;

pub use config::Config;
pub use handler::WebhookSender;
pub use start::start;
pub use transport::{Attempted, DeliveryTransport, Destination, HttpTransport, LASTING};
