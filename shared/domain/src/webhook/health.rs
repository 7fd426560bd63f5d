use time::{Duration, OffsetDateTime};

use super::Outcome;

/// Why an endpoint is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisableReason {
    /// It answered 410.
    Gone,
    /// Every attempt of five days failed.
    OnlyFailures,
}

impl DisableReason {
    /// The wire value, in responses and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::OnlyFailures => "only_failures",
        }
    }
}

/// Since when, and why, an endpoint is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disabled {
    /// Since when.
    pub at: OffsetDateTime,
    /// Why.
    pub why: DisableReason,
}

/// How many deliveries to a receiver may be in flight at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// One for each of its slots.
    Full,
    /// Two: the receiver responds, but holds each sender for seconds.
    Slow,
    /// One: the receiver fails.
    Failing,
}

/// The results of the latest attempts at a receiver: an endpoint, or a party's own API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// The first failure since the last success; none when the last attempt succeeded.
    pub failing_since: Option<OffsetDateTime>,
    /// The first attempt that took [`Health::SLOW`] since the last prompt success.
    pub slow_since: Option<OffsetDateTime>,
    /// Set while nothing is delivered.
    pub disabled: Option<Disabled>,
}

impl Health {
    /// How long an endpoint may do nothing but fail before it is disabled.
    pub const PATIENCE: Duration = Duration::days(5);
    /// An attempt that takes this long makes its receiver a slow one.
    pub const SLOW: Duration = Duration::seconds(5);
    /// A success within this time ends that. Shorter than [`Self::SLOW`], so that a receiver
    /// between the two is not written at every attempt.
    pub const PROMPT: Duration = Duration::seconds(2);
    /// How long failures leave the concurrency as it is: one response with 500 among hundreds
    /// with 200 must not stop the others.
    pub const GRACE: Duration = Duration::seconds(10);

    /// Whether nothing is delivered.
    pub const fn is_disabled(&self) -> bool {
        self.disabled.is_some()
    }

    /// Whether nothing is known but prompt successes.
    pub fn is_well(&self) -> bool {
        *self == Self::default()
    }

    /// How many deliveries may be in flight at `now`.
    pub fn concurrency(&self, now: OffsetDateTime) -> Concurrency {
        match (self.failing_since, self.slow_since) {
            (Some(since), _) if now - since >= Self::GRACE => Concurrency::Failing,
            (_, Some(_)) => Concurrency::Slow,
            _ => Concurrency::Full,
        }
    }

    /// The health after an attempt that ended at `now` and took `took`; none when it is the same:
    /// an endpoint whose attempts all succeed is never written.
    pub fn after(&self, outcome: &Outcome, took: Duration, now: OffsetDateTime) -> Option<Self> {
        if self.is_disabled() {
            return None;
        }
        let disabled = |why| Some(Disabled { at: now, why });
        let slow_since = match outcome {
            _ if took >= Self::SLOW => self.slow_since.or(Some(now)),
            Outcome::Delivered if took < Self::PROMPT => None,
            _ => self.slow_since,
        };
        let after = match outcome {
            Outcome::Delivered => Self { slow_since, ..Self::default() },
            Outcome::Gone => Self { disabled: disabled(DisableReason::Gone), ..*self },
            Outcome::Failed { .. } => {
                let since = self.failing_since.unwrap_or(now);
                let exhausted = now - since >= Self::PATIENCE;
                let disabled = exhausted.then(|| disabled(DisableReason::OnlyFailures)).flatten();
                Self { failing_since: Some(since), slow_since, disabled }
            }
        };
        (after != *self).then_some(after)
    }

    /// The same for a party's own API, which is never disabled: contracts end by other means.
    /// Its 410 is a failure like any other.
    pub fn after_push(
        &self,
        outcome: &Outcome,
        took: Duration,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let outcome = match outcome {
            Outcome::Gone => &Outcome::of_status(404, None),
            other => other,
        };
        let after = self.after(outcome, took, now)?;
        let after = Self { disabled: None, ..after };
        (after != *self).then_some(after)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{super::Failure, *};

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
    const QUICK: Duration = Duration::milliseconds(50);
    const FAILED: Outcome = Outcome::of_failure(Failure::TimedOut);

    #[test]
    fn an_endpoint_that_works_is_never_written() {
        assert_eq!(Health::default().after(&Outcome::Delivered, QUICK, NOW), None);
    }

    #[test]
    fn only_the_first_failure_is_written() {
        let failing = Health::default().after(&FAILED, QUICK, NOW).unwrap();
        assert_eq!(failing.failing_since, Some(NOW));
        assert_eq!(failing.after(&FAILED, QUICK, NOW + Duration::days(4)), None);
    }

    #[test]
    fn five_days_of_nothing_but_failures_disable() {
        let failing = Health::default().after(&FAILED, QUICK, NOW).unwrap();
        let almost = NOW + Duration::days(5) - Duration::SECOND;
        assert_eq!(failing.after(&FAILED, QUICK, almost), None);
        let disabled = failing.after(&FAILED, QUICK, NOW + Duration::days(5)).unwrap();
        assert_eq!(disabled.disabled.map(|d| d.why), Some(DisableReason::OnlyFailures));
    }

    #[test]
    fn one_success_begins_the_five_days_anew() {
        let failing = Health::default().after(&FAILED, QUICK, NOW).unwrap();
        let well = failing.after(&Outcome::Delivered, QUICK, NOW + Duration::days(4)).unwrap();
        assert_eq!(well, Health::default());
        let again = well.after(&FAILED, QUICK, NOW + Duration::days(6)).unwrap();
        assert!(!again.is_disabled());
    }

    #[test]
    fn a_410_disables_at_once_and_nothing_changes_that_by_itself() {
        let disabled = Health::default().after(&Outcome::Gone, QUICK, NOW).unwrap();
        assert_eq!(disabled.disabled, Some(Disabled { at: NOW, why: DisableReason::Gone }));
        for late in [Outcome::Delivered, Outcome::Gone, FAILED] {
            assert_eq!(disabled.after(&late, QUICK, NOW + Duration::days(9)), None);
        }
    }

    #[test]
    fn a_slow_success_lowers_the_concurrency_until_the_next_prompt_one() {
        let slow = Health::default().after(&Outcome::Delivered, Health::SLOW, NOW).unwrap();
        assert_eq!(slow.slow_since, Some(NOW));
        assert_eq!(slow.concurrency(NOW), Concurrency::Slow);
        let later = NOW + Duration::MINUTE;
        assert_eq!(slow.after(&Outcome::Delivered, Health::SLOW, later), None, "written once");
        assert_eq!(slow.after(&Outcome::Delivered, Health::PROMPT, later), None);
        let well = slow.after(&Outcome::Delivered, QUICK, later).unwrap();
        assert_eq!(well.concurrency(later), Concurrency::Full);
    }

    #[test]
    fn failures_of_ten_seconds_leave_one_delivery_in_flight() {
        let failing = Health::default().after(&FAILED, QUICK, NOW).unwrap();
        let grace = NOW + Health::GRACE;
        assert_eq!(failing.concurrency(grace - Duration::MILLISECOND), Concurrency::Full);
        assert_eq!(failing.concurrency(grace), Concurrency::Failing);
        let hanging = Health::default().after(&FAILED, Duration::seconds(15), NOW).unwrap();
        assert_eq!(hanging.concurrency(NOW), Concurrency::Slow, "at once when it took seconds");
        assert_eq!(hanging.concurrency(grace), Concurrency::Failing);
    }

    #[test]
    fn a_party_has_a_health_and_is_never_disabled() {
        let gone = Health::default().after_push(&Outcome::Gone, QUICK, NOW).unwrap();
        assert_eq!((gone.failing_since, gone.disabled), (Some(NOW), None));
        let later = NOW + Duration::days(30);
        assert_eq!(gone.after_push(&FAILED, QUICK, later), None);
        assert_eq!(gone.after_push(&Outcome::Gone, QUICK, later), None);
        let well = gone.after_push(&Outcome::Delivered, QUICK, later);
        assert_eq!(well, Some(Health::default()));
    }
}
