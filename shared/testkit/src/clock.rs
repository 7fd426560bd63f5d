//! Time and chance under the test's control.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use domain::clock::{Clock, RandomSource};
use time::{Duration, OffsetDateTime, macros::datetime};

/// A clock that moves only when told to. Clones show the same time.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<OffsetDateTime>>);

impl Default for FixedClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(datetime!(2026-11-21 12:00 UTC))))
    }
}

impl FixedClock {
    /// Moves it on.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 1, 2, 3, … in place of chance. Clones go on with the same row.
#[derive(Debug, Clone, Default)]
pub struct FixedRandom(Arc<AtomicU64>);

impl RandomSource for FixedRandom {
    fn generate(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}
