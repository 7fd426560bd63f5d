//! The system clock and the system random source.

use domain::clock::{Clock, RandomSource};
use time::OffsetDateTime;

/// The system's clock, UTC.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// The kernel's random number generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn generate(&self) -> u64 {
        getrandom::u64().expect("the kernel's generator cannot fail once the system has started")
    }
}
