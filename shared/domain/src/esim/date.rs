//! When a plan begins.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// How far behind ours a caller's clock may be.
pub const ACTIVATION_SKEW: Duration = Duration::minutes(5);

/// When a plan begins, UTC. Not in the past when it was ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActivationDate(#[serde(with = "time::serde::rfc3339")] OffsetDateTime);

/// The text is no activation date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReadActivationDateError {
    /// Not RFC 3339.
    #[error("a date and time of RFC 3339, such as 2030-09-13T12:00:00Z")]
    Form,
    /// More than [`ACTIVATION_SKEW`] ago.
    #[error("must not be in the past")]
    Past,
}

impl ActivationDate {
    /// At once: the default.
    pub fn immediate(now: OffsetDateTime) -> Self {
        Self(now.to_offset(UtcOffset::UTC))
    }

    /// Reads what a caller sent at `now`.
    ///
    /// # Errors
    /// No date, or a past one.
    pub fn read(text: &str, now: OffsetDateTime) -> Result<Self, ReadActivationDateError> {
        let at = OffsetDateTime::parse(text, &Rfc3339)
            .ok()
            .and_then(|at| at.checked_to_offset(UtcOffset::UTC))
            .ok_or(ReadActivationDateError::Form)?;
        // `at + skew` could leave the calendar; this cannot, with any real `now`.
        if at < now - ACTIVATION_SKEW { Err(ReadActivationDateError::Past) } else { Ok(Self(at)) }
    }

    /// The moment.
    pub const fn get(self) -> OffsetDateTime {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2019-09-13 11:00 UTC);

    #[test]
    fn five_minutes_of_skew_are_allowed_and_no_more() {
        for (text, expected) in [
            ("2019-09-13T12:00:00Z", Ok(())),
            ("2019-09-13T10:55:00Z", Ok(())),
            ("2019-09-13T10:54:59Z", Err(ReadActivationDateError::Past)),
            ("2019-09-13T12:54:59+02:00", Err(ReadActivationDateError::Past)),
            ("2019-09-13T12:55:00+02:00", Ok(())),
            ("9999-12-31T23:59:59Z", Ok(())),
            ("9999-12-31T23:59:59-23:59", Err(ReadActivationDateError::Form)),
            ("2019-09-14", Err(ReadActivationDateError::Form)),
            ("2019-09-14 12:00:00", Err(ReadActivationDateError::Form)),
            ("2019-02-30T12:00:00Z", Err(ReadActivationDateError::Form)),
            ("", Err(ReadActivationDateError::Form)),
        ] {
            assert_eq!(ActivationDate::read(text, NOW).map(|_| ()), expected, "{text}");
        }
    }

    #[test]
    fn a_date_is_kept_in_utc() {
        let date = ActivationDate::read("2019-09-13T14:00:00+02:00", NOW).unwrap();
        assert_eq!(serde_json::to_string(&date).unwrap(), r#""2019-09-13T12:00:00Z""#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "[-+0-9TZ:.]{0,40}|.{0,40}") {
            let _ = ActivationDate::read(&text, NOW);
        }
    }
}
