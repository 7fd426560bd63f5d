//! Orders of every kind: one repository over [`Lifecycle`](domain::order::Lifecycle).
//!
//! A kind adds what [`Stored`] asks for: its attributes, and the writes that an event causes
//! beside the order's own. Leases, history, what is due, marks and the watchdog are here, once.

mod cancel;
mod commit;
mod lease;
mod list;
mod placing;
mod reader;
mod stored;
mod work;

pub use cancel::{CancelOrderError, CanceledOrder};
pub(crate) use commit::Attempt;
pub use commit::{Authority, Committed};
pub use lease::Leased;
pub(crate) use list::{Listed, listed};
pub use list::{MOST_ORDERS_READ, OrderPage, OrderRange};
pub(crate) use placing::{Part, lock, of_parent, outstanding, place, placed};
pub use reader::OrderReader;
pub(crate) use reader::{Readable, is_of_kind};
pub use stored::Stored;
use stored::{failed, quiet, state, watch, went_on};
pub use work::OrderWork;
