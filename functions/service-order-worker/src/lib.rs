//! Executes service orders and product orders: places an order for each of their items, of a mobile
//! subscription or an eSIM, and follows it to its end (`infra/docs/architecture.md`, *Workers*).

mod cancelling;
mod config;
mod esim_item;
mod handler;
mod item_orders;
mod plan;
mod start;

pub use config::Config;
pub use handler::ServiceOrderWorker;
pub use start::start;
