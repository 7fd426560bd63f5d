//! `Retry-After` of other systems: receivers of webhooks and Sellers.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};

/// What a `Retry-After` asks for (RFC 9110, section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// So many seconds from the response on.
    Seconds(u32),
    /// Not before this time.
    At(OffsetDateTime),
}

impl RetryAfter {
    /// Reads the header; what is neither seconds nor a date is as good as no header.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            // Digits that do not fit ask for centuries.
            return Some(Self::Seconds(text.parse().unwrap_or(u32::MAX)));
        }
        http_date(text).map(Self::At)
    }

    /// The wait from `now` on. Not bounded here.
    pub fn wait(self, now: OffsetDateTime) -> Duration {
        match self {
            Self::Seconds(seconds) => Duration::seconds(seconds.into()),
            Self::At(at) => (at - now).max(Duration::ZERO),
        }
    }
}

/// A date in any of the three forms of RFC 9110, section 5.6.7; with an offset instead of `GMT`, too.
fn http_date(text: &str) -> Option<OffsetDateTime> {
    match httpdate::parse_http_date(text) {
        Ok(at) => Some(at.into()),
        Err(_) => OffsetDateTime::parse(text, &Rfc2822).ok(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_anything_else_is_no_header() {
        let date = datetime!(1994-11-06 08:49:37 UTC);
        for (text, expected) in [
            ("120", Some(RetryAfter::Seconds(120))),
            (" 0 ", Some(RetryAfter::Seconds(0))),
            ("99999999999999999999999999", Some(RetryAfter::Seconds(u32::MAX))),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(RetryAfter::At(date))),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(RetryAfter::At(date))),
            ("Sun Nov  6 08:49:37 1994", Some(RetryAfter::At(date))),
            ("Sun, 06 Nov 1994 09:49:37 +0100", Some(RetryAfter::At(date))),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sunday, 06-Nov-94 08:49:37", None),
        ] {
            assert_eq!(RetryAfter::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_date_in_the_past_asks_for_no_wait() {
        let date = datetime!(1994-11-06 08:49:37 UTC);
        assert_eq!(RetryAfter::At(date).wait(date + Duration::DAY), Duration::ZERO);
        assert_eq!(RetryAfter::At(date).wait(date - Duration::HOUR), Duration::HOUR);
        assert_eq!(RetryAfter::Seconds(7).wait(date), Duration::seconds(7));
    }
}
