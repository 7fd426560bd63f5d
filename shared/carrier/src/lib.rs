//! The carrier API: its service, the wire format of the API, and the body of its problems.
//!
//! [`CarrierOrders`] places orders, reads them for their parties, and executes commands on them.
//! It knows no HTTP: requests become commands, and outcomes and errors become responses and
//! problems, in [`http`].

mod command;
mod config;
mod error;
mod execute;
pub mod http;
mod notifications;
mod orders;
mod place;
mod problem_body;
mod query;
mod roles;
mod seller_update;
mod status;
mod tolerance;
pub mod wire;

pub use command::{Command, CommandContext, CommandOutcome};
pub use config::{CarrierAuthenticator, Config};
pub use error::CarrierError;
pub use notifications::new_notifications;
pub use orders::{CarrierOrders, VisibleOrder};
pub use problem_body::CarrierProblemBody;
pub use query::OrderQuery;
pub use status::Question;
