//! Open vSwitch as the switch of a Seller (decisions 195 to 198): a client of OVSDB (RFC 7047), which
//! speaks JSON-RPC over TCP, has atomic transactions with conditions, and no authentication.

mod connection;
mod names;
mod reading;
mod record;
mod switch;
mod writing;

pub use connection::{OvsdbError, OvsdbTimes};
pub use names::{ovc_key, port_of_enni, port_of_uni, service_key};
pub use switch::{BRIDGE, Ovs, OvsSession};
