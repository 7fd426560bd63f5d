//! A clock and a random source controlled by the test.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use domain::clock::{Clock, RandomSource};
use time::{Duration, OffsetDateTime, macros::datetime};

/// A clock that only [`FixedClock::advance`] moves. Clones share the time.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<OffsetDateTime>>);

impl Default for FixedClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(datetime!(2026-11-21 12:00 UTC))))
    }
}

impl FixedClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A random source that returns 1, 2, 3, … Clones share the sequence.
#[derive(Debug, Clone, Default)]
pub struct FixedRandom(Arc<AtomicU64>);

impl RandomSource for FixedRandom {
    fn generate(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}
