//! Sessions of the console: who looks at it, and for how long.

use time::{Duration, OffsetDateTime};

use crate::text::texts;

/// How long a one-time link opens the console.
pub const LINK_LIFETIME: Duration = Duration::minutes(10);
/// How long a session lasts.
pub const SESSION_LIFETIME: Duration = Duration::hours(12);

texts! {
    /// The name under which an operator acts: it stands in the history of orders.
    OperatorName, 64, "A-Z a-z 0-9 . _ @ -", "A-Za-z0-9._@-", "ada",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'@' | b'-');
}

/// A one-time link or a session. Neither knows its secret: both are found by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleAccess {
    /// The operator for whom it is.
    pub operator: OperatorName,
    /// Until when it is valid.
    pub until: OffsetDateTime,
}

impl ConsoleAccess {
    /// A link that is made now.
    pub fn link(operator: OperatorName, now: OffsetDateTime) -> Self {
        Self { operator, until: now + LINK_LIFETIME }
    }

    /// The session that a link opens now.
    pub fn session(operator: OperatorName, now: OffsetDateTime) -> Self {
        Self { operator, until: now + SESSION_LIFETIME }
    }

    /// Whether it is valid.
    pub fn is_valid(&self, now: OffsetDateTime) -> bool {
        now < self.until
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_link_lasts_minutes_and_a_session_a_working_day() {
        let now = datetime!(2026-12-01 12:00 UTC);
        let operator: OperatorName = "ada".parse().unwrap();
        let link = ConsoleAccess::link(operator.clone(), now);
        assert!(link.is_valid(now + LINK_LIFETIME - Duration::SECOND));
        assert!(!link.is_valid(now + LINK_LIFETIME));
        let session = ConsoleAccess::session(operator, now);
        assert!(session.is_valid(now + Duration::hours(12) - Duration::SECOND));
        assert!(!session.is_valid(now + Duration::hours(12)));
    }

    #[test]
    fn a_name_that_could_break_a_line_or_a_page_is_none() {
        for name in ["ada", "ada@example.com", "a.b_c-1"] {
            assert!(name.parse::<OperatorName>().is_ok(), "{name}");
        }
        for name in ["", "a b", "<b>", "a\n", "a#b"] {
            assert!(name.parse::<OperatorName>().is_err(), "{name}");
        }
    }
}
