//! The clock and the random source, as ports.

use std::sync::Arc;

use time::OffsetDateTime;

/// Tells the time. Injected everywhere, so that due dates and leases can be tested.
pub trait Clock: Send + Sync {
    /// The present moment, UTC.
    fn now(&self) -> OffsetDateTime;
}

/// A source of random numbers, for what must be unguessable or unique. Injected, so that tests can repeat themselves.
pub trait RandomSource: Send + Sync {
    /// 64 random bits.
    fn generate(&self) -> u64;
}

impl<T: RandomSource + ?Sized> RandomSource for Arc<T> {
    fn generate(&self) -> u64 {
        (**self).generate()
    }
}

/// A moment as every API writes it: RFC 3339, UTC, whole seconds, `Z`.
pub fn rfc3339(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_whole_seconds() {
        assert_eq!(rfc3339(datetime!(2016-03-10 00:00:05.9 UTC)), "2016-03-10T00:00:05Z");
        assert_eq!(rfc3339(datetime!(2016-03-10 01:00 +01:00)), "2016-03-10T00:00:00Z");
    }
}
