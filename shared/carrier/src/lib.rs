//! What the functions of carrier orders share: who may see an order, how it is read and answered,
//! and how a command on it is executed.

mod command;
mod config;
mod orders;
mod place;
mod problem;
mod problem_body;
mod roles;
mod seller_update;
mod status;
mod step;
pub mod wire;

pub use command::Command;
pub use config::{CarrierAuthenticator, Config};
pub use orders::{CarrierOrders, VisibleOrder, links, tolerate};
pub use place::Placement;
pub use problem::{not_stored, order_problem};
pub use problem_body::CarrierProblemBody;
pub use roles::{audience, parties, roles};
pub use seller_update::{OrderReference, UpdateEvent};
pub use status::{Question, STATUS_QUERY};
pub use step::{Respond, StepContext, notifications};
