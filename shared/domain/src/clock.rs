//! The clock and the random source, as ports.

use std::sync::Arc;

use time::OffsetDateTime;

/// A source of the current time. Injected, so that due dates and leases can be tested.
pub trait Clock: Send + Sync {
    /// The current time, UTC.
    fn now(&self) -> OffsetDateTime;
}

/// A source of random numbers for unguessable or unique values. Injected for reproducible tests.
pub trait RandomSource: Send + Sync {
    /// 64 random bits.
    fn generate(&self) -> u64;
}

impl<T: RandomSource + ?Sized> RandomSource for Arc<T> {
    fn generate(&self) -> u64 {
        (**self).generate()
    }
}

/// Formats a timestamp as every API does: RFC 3339, UTC, whole seconds, `Z`.
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
    fn a_timestamp_is_written_in_utc_with_whole_seconds() {
        assert_eq!(rfc3339(datetime!(2016-03-10 00:00:05.9 UTC)), "2016-03-10T00:00:05Z");
        assert_eq!(rfc3339(datetime!(2016-03-10 01:00 +01:00)), "2016-03-10T00:00:00Z");
    }
}
