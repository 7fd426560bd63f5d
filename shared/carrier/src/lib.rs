//! What the functions of carrier orders share: who may see an order, how it is read and answered,
//! and how a step of it is stored.

mod config;
mod desk;
mod mirror;
mod place;
mod problem;
mod problem_body;
mod sides;
mod status;
mod step;
pub mod wire;

pub use config::{CarrierAuthenticator, Config};
pub use desk::{Desk, Found, due, links, tolerate};
pub use mirror::{Effect, SpokenOf, passed_on};
pub use place::Placement;
pub use problem::{not_possible, not_stored, replacement_problem, report_problem};
pub use problem_body::CarrierProblemBody;
pub use sides::{parties, sides};
pub use status::Question;
pub use step::{Answer, Change, Respond, Scene, notifications};
