//! Failures of what lies outside the domain, as far as a decision depends on them.

use std::error::Error;

/// A failure that knows whether the same call may succeed later.
pub trait Retryable: Error + Send + Sync + 'static {
    /// Whether it is worth trying again.
    fn retryable(&self) -> bool;
}
