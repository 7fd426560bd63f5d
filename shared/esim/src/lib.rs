//! The eSIM API (`infra/docs/contracts/esim-orders.md`): the service that places orders, the wire format of
//! the API and of the download progress that an SM-DP+ reports, and the body of the API's
//! problems.
//!
//! [`EsimOrders`] knows no HTTP: requests become orders, and errors become problems, in [`http`].

mod esim_orders;
pub mod http;
mod problem;
pub mod wire;

pub use esim_orders::{CommandContext, EsimOrders, NewEsimOrder, PlaceEsimOrderError};
pub use problem::{EsimProblem, EsimProblemBody};
