//! How much of an invocation's time is left.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;
use tokio::time::Instant;

/// Assumed where the runtime gives no real deadline.
const ASSUMED: Duration = Duration::from_secs(10);
/// A deadline before this (September 2001) is not a moment: `cargo lambda watch` always says
/// 600,000 (`reliability.md`, fact 9).
const EARLIEST_REAL: u64 = 1_000_000_000_000;

/// The moment at which the invocation is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// `left` from now.
    pub fn after(left: Duration) -> Self {
        Self(Instant::now() + left)
    }

    /// The deadline of an invocation.
    pub fn of(context: &Context) -> Self {
        if context.deadline < EARLIEST_REAL {
            return Self::after(ASSUMED);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::after(Duration::from_millis(context.deadline).saturating_sub(now))
    }

    /// What is left; zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The same deadline, `margin` earlier.
    #[must_use]
    pub fn earlier_by(&self, margin: Duration) -> Self {
        Self::after(self.remaining().saturating_sub(margin))
    }

    /// The instant, for timers.
    pub fn instant(&self) -> Instant {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_is_no_moment_counts_as_ten_seconds() {
        let mut context = Context::default();
        context.deadline = 600_000;
        let left = Deadline::of(&context).remaining();
        assert!(left > Duration::from_secs(9) && left <= ASSUMED, "{left:?}");
    }

    #[test]
    fn a_deadline_that_has_passed_leaves_nothing() {
        let mut context = Context::default();
        context.deadline = EARLIEST_REAL + 1;
        assert_eq!(Deadline::of(&context).remaining(), Duration::ZERO);
    }
}
