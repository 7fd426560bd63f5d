//! Carries eSIM orders out at the SM-DP+ and in the network (`infra/docs/contracts/esim-orders.md`,
//! *Fulfilment*).

mod config;
mod handler;
mod plans;
mod sandbox;
mod start;
mod steps;

pub use config::{Config, WorkTerms};
pub use handler::EsimWorker;
pub use plans::HttpPlans;
pub use start::start;
