//! Delivers messages to endpoints (`reliability.md`, *Webhooks*).

mod config;
mod courier;
mod handler;

pub use config::Config;
pub use courier::{Attempted, Courier, Destination, HttpCourier};
pub use handler::WebhookSender;
