//! The properties of external failures on which decisions of the domain depend.

use std::error::Error;

/// An error that may be transient.
pub trait Retryable: Error + Send + Sync + 'static {
    /// Whether the same call may succeed later.
    fn retryable(&self) -> bool;

    /// Whether the fault is the caller's: it sends more than its share. After how many seconds it
    /// may go on.
    fn over_rate(&self) -> Option<u32> {
        None
    }

    /// Whether the fault is the caller's: what it sent cannot be stored, because it is too large.
    fn too_large(&self) -> bool {
        false
    }
}
