//! Tells everybody who wants to know what has happened to an order: one delivery for each
//! endpoint, and the client's feeds (`contracts/`, *Webhooks*, *Events*).

mod config;
mod deliveries;
mod feed;
mod handler;
mod hub;
mod push;
mod start;

pub use config::Config;
pub use handler::NotificationFanout;
pub use start::start;
