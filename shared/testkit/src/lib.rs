//! For tests only: isolated tables, a fixed clock, valid numbers, and external systems with
//! injectable faults.

pub mod call;
pub mod clients;
pub mod clock;
pub mod codes;
pub mod endpoints;
pub mod faults;
pub mod gauge;
pub mod issuer;
pub mod meter;
pub mod numbers;
pub mod orders;
pub mod proxy;
pub mod queue;
pub mod refusal;
mod stream;
pub mod table;

pub use call::{Call, Response};
pub use clients::Credentials;
pub use clock::{FixedClock, FixedRandom};
pub use endpoints::{add_endpoint, read_feed};
pub use faults::{Faults, Odds};
pub use gauge::Gauge;
pub use issuer::{Issuer, Published};
pub use meter::Cost;
pub use orders::{end_order, esim_details, esim_order, place_order};
pub use proxy::{Exchange, Fault, Gate, Proxy};
pub use queue::CapturedQueue;
pub use table::TestTable;
