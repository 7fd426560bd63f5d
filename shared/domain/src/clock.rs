//! Time and randomness, as something that is handed in.

use time::OffsetDateTime;

/// Tells the time. Injected everywhere, so that due dates and leases can be tested.
pub trait Clock: Send + Sync {
    /// The present moment, UTC.
    fn now(&self) -> OffsetDateTime;
}

/// Makes what must be unguessable or unique. Injected, so that tests can repeat themselves.
pub trait Entropy: Send + Sync {
    /// 64 random bits.
    fn random(&self) -> u64;
}
