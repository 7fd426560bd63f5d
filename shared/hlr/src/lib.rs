//! OsmoHLR as a state-based network (decision 146): a client of its control interface, which speaks
//! TCP with the framing of IPA, and has no authentication, no keys and no conditions.
//!
//! <https://ftp.osmocom.org/docs/osmo-hlr/master/osmohlr-usermanual.pdf>, *Control interface*.

mod connection;
mod inventory;
pub mod ipa;
mod network;
mod record;
mod reply;
mod reports;

pub use connection::{CtrlError, CtrlTimes};
pub use network::{OsmoHlr, OsmoHlrSession};
pub use record::{Keys, Record};
pub use reply::Reply;
