use std::net::IpAddr;
#[cfg(any(test, feature = "loopback"))]
use std::net::Ipv4Addr;
#[cfg(feature = "loopback")]
use std::sync::atomic::{AtomicBool, Ordering};

use crate::address::{Reason, forbidden};

/// Whether [`AddressPolicy::allow_loopback`] was called in this process.
#[cfg(feature = "loopback")]
static LOOPBACK: AtomicBool = AtomicBool::new(false);

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
    /// The policy of every client and target of this process. The feature alone changes nothing:
    /// a build of the whole workspace has it, and tests what a deployed build refuses.
    pub fn of_this_process() -> Self {
        #[cfg(feature = "loopback")]
        if LOOPBACK.load(Ordering::Relaxed) {
            return Self::Loopback;
        }
        Self::Public
    }

    /// Allows calls to 127.0.0.1 in this process, for a function of the local cloud. To be called
    /// before the first client is made.
    #[cfg(feature = "loopback")]
    pub fn allow_loopback() {
        LOOPBACK.store(true, Ordering::Relaxed);
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
