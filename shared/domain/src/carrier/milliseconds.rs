//! Moments as milliseconds since 1970, in a number that every store can hold: the one `time`
//! brings along has 128 bits.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use time::OffsetDateTime;

pub(super) fn serialize<S: Serializer>(at: &OffsetDateTime, to: S) -> Result<S::Ok, S::Error> {
    millis(*at).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<OffsetDateTime, D::Error> {
    moment(i64::deserialize(from)?).ok_or_else(|| D::Error::custom("is no time"))
}

/// A date of year 9999 is less than 2^48 milliseconds away.
fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn moment(millis: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

/// One that may be missing.
pub(super) mod option {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        at: &Option<OffsetDateTime>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(millis).serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<OffsetDateTime>, D::Error> {
        let millis = Option::<i64>::deserialize(from)?;
        let read = |millis| moment(millis).ok_or_else(|| D::Error::custom("is no time"));
        millis.map(read).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OrderProgress, OrderStatus, sample::in_state};

    #[test]
    fn an_order_in_any_state_comes_back_as_it_was_written() {
        for (_, status) in OrderStatus::WORDS {
            let order = in_state(*status);
            let text = serde_json::to_string(&order).unwrap();
            assert_eq!(serde_json::from_str::<OrderProgress>(&text).unwrap(), order, "{text}");
        }
    }
}
