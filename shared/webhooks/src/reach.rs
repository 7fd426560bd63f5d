use std::net::IpAddr;
#[cfg(any(test, feature = "loopback"))]
use std::net::Ipv4Addr;

use crate::address::{Reason, forbidden};

/// How far deliveries reach. A deployed build has one variant: there is nothing in it that a
/// setting, a variable or a bug could turn to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The public internet.
    Public,
    /// That, and 127.0.0.1 (no other loopback address).
    #[cfg(any(test, feature = "loopback"))]
    Loopback,
}

impl Reach {
    /// The reach of every client and target made in this build.
    pub const fn of_this_build() -> Self {
        #[cfg(feature = "loopback")]
        return Self::Loopback;
        #[cfg(not(feature = "loopback"))]
        Self::Public
    }

    /// Why an address is out of reach, if it is.
    pub fn forbids(self, address: IpAddr) -> Option<Reason> {
        match self {
            Self::Public => forbidden(address),
            #[cfg(any(test, feature = "loopback"))]
            Self::Loopback if address == Ipv4Addr::LOCALHOST => None,
            #[cfg(any(test, feature = "loopback"))]
            Self::Loopback => forbidden(address),
        }
    }
}
