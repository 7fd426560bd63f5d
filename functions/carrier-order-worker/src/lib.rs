//! Carries carrier orders out for Sellers of ours (`infra/docs/contracts/carrier-orders.md`, *How a
//! Seller works an order*), and forwards those of our Buyers to Sellers elsewhere.

mod automation;
mod config;
mod forwarding;
mod handler;
mod start;
mod switch;

pub use config::Config;
pub use handler::CarrierOrderWorker;
pub use start::start;
