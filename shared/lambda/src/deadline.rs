//! The deadline of an invocation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::Context;
use tokio::time::Instant;

/// Assumed time where the runtime reports no valid deadline.
const ASSUMED: Duration = Duration::from_secs(10);
/// The earliest valid deadline (September 2001, epoch milliseconds): `cargo lambda watch` always
/// sends 600,000, which is not a timestamp (`infra/docs/reliability.md`, fact 9).
const EARLIEST_REAL: u64 = 1_000_000_000_000;

/// The time at which Lambda ends the invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline `left` from now.
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

    /// The remaining time; zero after the deadline.
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
    fn an_invalid_deadline_counts_as_ten_seconds() {
        let mut context = Context::default();
        context.deadline = 600_000;
        let left = Deadline::of(&context).remaining();
        assert!(left > Duration::from_secs(9) && left <= ASSUMED, "{left:?}");
    }

    #[test]
    fn no_time_remains_after_the_deadline() {
        let mut context = Context::default();
        context.deadline = EARLIEST_REAL + 1;
        assert_eq!(Deadline::of(&context).remaining(), Duration::ZERO);
    }
}
