//! eSIM orders (`contracts/esim-orders.md`): the wire format of the API and of the download
//! progress that an SM-DP+ reports, and the body of the API's problems.

mod problem;
pub mod wire;

pub use problem::EsimProblemBody;
