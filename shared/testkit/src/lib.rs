//! For tests only: a table of their own, a clock that stands still, numbers that are valid.

pub mod clock;
pub mod numbers;
pub mod proxy;
pub mod table;

pub use clock::{FixedClock, FixedEntropy};
pub use proxy::{Fault, Proxy};
pub use table::TestTable;
