//! TM Forum's APIs over orders of several items: TMF641 v4.1 (service orders) and TMF622 v4.0
//! (product orders) (`infra/docs/contracts/tmf-orders.md`).
//!
//! [`ServiceOrders`] is the service behind both. It knows no HTTP: requests become documents and
//! changes in [`wire`], and errors become problems in [`http`].

mod config;
mod error;
pub mod events;
pub mod http;
pub mod hub;
mod listing;
#[cfg(feature = "openapi")]
pub mod openapi;
mod problem;
mod query;
mod service_orders;
pub mod wire;

pub use config::{Config, TmfAuthenticator};
pub use error::TmfError;
pub use problem::{TmfProblem, TmfProblemBody};
pub use query::{Filter, ListQuery, Listed, Operator};
pub use service_orders::{CommandContext, Placed, ServiceOrders, Whole};
