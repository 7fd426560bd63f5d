//! Order numbers: integers that every JSON reader keeps exactly, with no counter behind them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::{OffsetDateTime, macros::datetime};

/// Order numbers start here.
const EPOCH: OffsetDateTime = datetime!(2020-01-01 00:00 UTC);

/// Random bits below the milliseconds.
const RANDOM_BITS: u32 = 12;

/// A JSON integer below 2^53: 41 bits of milliseconds since 2020, then 12 random bits.
///
/// Time-ordered and without a shared counter, which would cap the system at what one item can
/// take. Two orders of one millisecond collide once in 4,096; the conditional put finds that,
/// and another number is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderNumber(u64);

/// The text is not an order number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an integer from 1 to 9007199254740991")]
pub struct ParseOrderNumberError;

impl OrderNumber {
    /// The largest integer that every JSON reader keeps exactly.
    pub const MAX: u64 = (1 << 53) - 1;

    /// A number for an order placed `at`.
    pub fn generate(at: OffsetDateTime, random: u64) -> Self {
        let milliseconds = u64::try_from((at - EPOCH).whole_milliseconds()).unwrap_or(0);
        let low = random & ((1 << RANDOM_BITS) - 1);
        Self((((milliseconds << RANDOM_BITS) | low) & Self::MAX).max(1))
    }

    /// The smallest number of an order placed `at` or later.
    pub fn first_at(at: OffsetDateTime) -> Self {
        // A part of a millisecond counts as one: an order is placed at a whole one.
        let up = ((at - EPOCH).whole_nanoseconds() + 999_999).div_euclid(1_000_000);
        let milliseconds = u64::try_from(up).unwrap_or(0);
        let first = milliseconds.checked_mul(1 << RANDOM_BITS).unwrap_or(Self::MAX);
        Self(first.clamp(1, Self::MAX))
    }

    /// The integer.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for OrderNumber {
    type Err = ParseOrderNumberError;

    /// Reads the one form it is written in: no sign, no leading zero.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let canonical = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        match text.parse() {
            Ok(number @ 1..=Self::MAX) if canonical => Ok(Self(number)),
            _ => Err(ParseOrderNumberError),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn a_number_stays_below_two_to_the_53_until_2089() {
        let last = datetime!(2089-01-01 00:00 UTC);
        assert!(OrderNumber::generate(last, u64::MAX).get() <= OrderNumber::MAX);
        assert!(
            OrderNumber::generate(last, 0) > OrderNumber::generate(last - Duration::HOUR, u64::MAX)
        );
    }

    #[test]
    fn a_later_millisecond_gives_a_larger_number_whatever_the_random_part() {
        let now = datetime!(2026-11-21 12:00 UTC);
        let later = now + Duration::MILLISECOND;
        assert!(OrderNumber::generate(later, 0) > OrderNumber::generate(now, u64::MAX));
    }

    #[test]
    fn the_first_number_of_a_time_divides_the_orders_before_it_from_those_at_it() {
        let at = datetime!(2026-11-21 12:00:00.123 UTC);
        let before = OrderNumber::generate(at - Duration::MILLISECOND, u64::MAX);
        let first = OrderNumber::first_at(at);
        assert!(before < first && first <= OrderNumber::generate(at, 0));
        let between = OrderNumber::first_at(at + Duration::MICROSECOND);
        assert!(OrderNumber::generate(at, u64::MAX) < between);
        for far in [datetime!(1970-01-01 0:00 UTC), datetime!(9999-12-31 0:00 UTC)] {
            assert!((1..=OrderNumber::MAX).contains(&OrderNumber::first_at(far).get()));
        }
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        assert_eq!("20144".parse(), Ok(OrderNumber(20144)));
        for text in ["", "0", "-1", "+1", "01", "1.0", "1e3", "9007199254740992", "ORD-1"] {
            assert_eq!(text.parse::<OrderNumber>(), Err(ParseOrderNumberError), "{text}");
        }
    }
}
