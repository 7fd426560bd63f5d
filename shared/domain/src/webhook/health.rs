use time::{Duration, OffsetDateTime};

use super::Outcome;

/// Why nothing is delivered to an endpoint any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisableReason {
    /// It answered 410.
    Gone,
    /// Nothing has reached it for five days.
    OnlyFailures,
}

impl DisableReason {
    /// The word on the wire and in the table.
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

/// How the deliveries to an endpoint have gone lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Health {
    /// The first failure since the last success; none when the last attempt succeeded.
    pub failing_since: Option<OffsetDateTime>,
    /// Set while nothing is delivered.
    pub disabled: Option<Disabled>,
}

impl Health {
    /// How long nothing but failures disables an endpoint.
    pub const PATIENCE: Duration = Duration::days(5);

    /// Whether nothing is delivered.
    pub const fn is_disabled(&self) -> bool {
        self.disabled.is_some()
    }

    /// The health after an attempt that ended `now`; none when it is the same, so that an
    /// endpoint which simply works is never written.
    pub fn after(&self, outcome: &Outcome, now: OffsetDateTime) -> Option<Self> {
        if self.is_disabled() {
            return None;
        }
        let disabled = |why| Some(Disabled { at: now, why });
        let after = match outcome {
            Outcome::Delivered => Self::default(),
            Outcome::Gone => Self { disabled: disabled(DisableReason::Gone), ..*self },
            Outcome::Failed { .. } => {
                let since = self.failing_since.unwrap_or(now);
                let tired = now - since >= Self::PATIENCE;
                let disabled = tired.then(|| disabled(DisableReason::OnlyFailures)).flatten();
                Self { failing_since: Some(since), disabled }
            }
        };
        (after != *self).then_some(after)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{super::Failure, *};

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
    const FAILED: Outcome = Outcome::of_failure(Failure::TimedOut);

    #[test]
    fn an_endpoint_that_works_is_never_written() {
        assert_eq!(Health::default().after(&Outcome::Delivered, NOW), None);
    }

    #[test]
    fn only_the_first_failure_is_written() {
        let failing = Health::default().after(&FAILED, NOW).unwrap();
        assert_eq!(failing.failing_since, Some(NOW));
        assert_eq!(failing.after(&FAILED, NOW + Duration::days(4)), None);
    }

    #[test]
    fn five_days_of_nothing_but_failures_disable() {
        let failing = Health::default().after(&FAILED, NOW).unwrap();
        let almost = NOW + Duration::days(5) - Duration::SECOND;
        assert_eq!(failing.after(&FAILED, almost), None);
        let disabled = failing.after(&FAILED, NOW + Duration::days(5)).unwrap();
        assert_eq!(disabled.disabled.map(|d| d.why), Some(DisableReason::OnlyFailures));
    }

    #[test]
    fn one_success_begins_the_five_days_anew() {
        let failing = Health::default().after(&FAILED, NOW).unwrap();
        let well = failing.after(&Outcome::Delivered, NOW + Duration::days(4)).unwrap();
        assert_eq!(well, Health::default());
        let again = well.after(&FAILED, NOW + Duration::days(6)).unwrap();
        assert!(!again.is_disabled());
    }

    #[test]
    fn a_410_disables_at_once_and_nothing_changes_that_by_itself() {
        let disabled = Health::default().after(&Outcome::Gone, NOW).unwrap();
        assert_eq!(disabled.disabled, Some(Disabled { at: NOW, why: DisableReason::Gone }));
        for late in [Outcome::Delivered, Outcome::Gone, FAILED] {
            assert_eq!(disabled.after(&late, NOW + Duration::days(9)), None);
        }
    }
}
