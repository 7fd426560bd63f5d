use std::net::IpAddr;
#[cfg(any(test, feature = "loopback"))]
use std::net::Ipv4Addr;

use crate::address::{Reason, forbidden};

/// Which addresses may be called. A deployed build has one variant: no setting, variable or bug
/// can select another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressPolicy {
    /// The public internet.
    Public,
    /// That, and 127.0.0.1 (no other loopback address).
    #[cfg(any(test, feature = "loopback"))]
    Loopback,
}

impl AddressPolicy {
    /// The policy of every client and target of this build.
    pub const fn of_this_build() -> Self {
        #[cfg(feature = "loopback")]
        return Self::Loopback;
        #[cfg(not(feature = "loopback"))]
        Self::Public
    }

    /// Why an address is out of policy, if it is.
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
