//! The deadline of an invocation.

use std::{
    ops::RangeInclusive,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lambda_runtime::Context;
use tokio::time::Instant;

/// Assumed time where the runtime reports no valid deadline: the shortest time-out of a function.
const ASSUMED: Duration = Duration::from_secs(10);
/// Time that is left at the receipt of an invocation, if the clock is right. Less is a clock that
/// was set forward: every function has ten seconds or more. More than Lambda's longest time-out
/// is one that was set back.
const PLAUSIBLE: RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_mins(15);

/// The time at which Lambda ends the invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Instant);

impl Deadline {
    /// A deadline `left` from now.
    pub fn after(left: Duration) -> Self {
        Self(Instant::now() + left)
    }

    /// The deadline of an invocation that has just been received.
    ///
    /// The runtime states it by the wall clock. Where that was set between the runtime's reading
    /// and ours (a virtual machine that stood still), and where the deadline is no time at all
    /// (`cargo lambda watch`, `infra/docs/reliability.md`, fact 9), ten seconds are assumed: the
    /// invocation may then be killed at its deadline, which nothing is lost by; it is not given
    /// up before it began.
    pub fn of(context: &Context) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = Duration::from_millis(context.deadline).saturating_sub(now);
        Self::after(if PLAUSIBLE.contains(&left) { left } else { ASSUMED })
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

    fn left_of(deadline_millis: u128) -> Duration {
        let mut context = Context::default();
        context.deadline = u64::try_from(deadline_millis).unwrap_or(u64::MAX);
        Deadline::of(&context).remaining()
    }

    fn now_millis() -> u128 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
    }

    #[test]
    fn a_plausible_deadline_counts() {
        let left = left_of(now_millis() + 29_000);
        assert!(left > Duration::from_secs(28) && left <= Duration::from_secs(29), "{left:?}");
    }

    #[test]
    fn a_deadline_that_is_no_time_or_of_another_clock_counts_as_ten_seconds() {
        let set_forward = [now_millis() - 60_000, now_millis(), now_millis() + 1_000];
        let set_back = now_millis() + 3_600_000;
        for deadline in [0, 600_000, set_back, u128::MAX].into_iter().chain(set_forward) {
            let left = left_of(deadline);
            assert!(left > Duration::from_secs(9) && left <= ASSUMED, "{deadline}: {left:?}");
        }
    }

    #[test]
    fn no_time_remains_after_the_deadline() {
        let deadline = Deadline::after(Duration::from_secs(1)).earlier_by(Duration::from_secs(2));
        assert_eq!(deadline.remaining(), Duration::ZERO);
    }
}
