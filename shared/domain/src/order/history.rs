use time::{Duration, OffsetDateTime};

use crate::text::without_numbers;

/// An entry of an order's history: a status that the order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange<S> {
    /// Position in the history, from 1; the placement is the first.
    pub sequence: u64,
    /// The new status.
    pub status: S,
    /// When.
    pub at: OffsetDateTime,
    /// Why, in words for the client.
    pub reason: Option<String>,
    /// Who decided, where that is recorded: a part of the system, or the operator's name.
    pub by: Option<String>,
}

impl<S> StatusChange<S> {
    /// Who decided; empty where that is not recorded.
    pub fn decided_by(&self) -> &str {
        self.by.as_deref().unwrap_or_default()
    }
}

/// Why an order needs intervention by the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// Since when. A second mark keeps the time of the first.
    pub since: OffsetDateTime,
    /// What is known, in words for the operator.
    pub why: String,
    /// Whether a worker has tried again since, without marking the order once more.
    pub retried: bool,
}

/// The last attempt at an order that came to nothing, since it last went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// When.
    pub at: OffsetDateTime,
    /// Why, in words for the operator: short, and without what may be a number.
    pub why: String,
    /// When the next attempt is due; none when it is not known.
    pub next: Option<OffsetDateTime>,
}

impl FailedAttempt {
    /// The greatest length of a reason, in characters.
    pub const LONGEST_REASON: usize = 200;

    /// A failure, and the next attempt after `delay`.
    pub fn new(at: OffsetDateTime, why: &str, delay: Option<Duration>) -> Self {
        let why = without_numbers(why).chars().take(Self::LONGEST_REASON).collect();
        Self { at, why, next: delay.map(|delay| at + delay) }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_failed_attempt_keeps_a_short_reason_without_numbers() {
        let at = datetime!(2026-11-21 12:00 UTC);
        let failed = FailedAttempt::new(at, "46708421488: status 503", Some(Duration::SECOND));
        assert_eq!(failed.why, "…: status 503");
        assert_eq!(failed.next, Some(at + Duration::SECOND));
        let long = FailedAttempt::new(at, &"ü".repeat(1_000), None);
        assert_eq!(long.why.chars().count(), FailedAttempt::LONGEST_REASON);
    }
}
