use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::ParseIdError;

/// `buyerOrderVersion`: one or two characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderVersion(String);

impl OrderVersion {
    /// The greatest length, in characters.
    pub const LONGEST: usize = 2;

    /// The text as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this version is strictly newer than another: as numbers when both are, else by the
    /// order of their characters. Not an order of all versions (`10` > `9` > `1A` > `10`), only an
    /// answer for two.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        match (self.number(), other.number()) {
            (Some(this), Some(other)) => this > other,
            _ => self.0 > other.0,
        }
    }

    fn number(&self) -> Option<u8> {
        let digits = self.0.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| self.0.parse().ok())?
    }
}

impl FromStr for OrderVersion {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = (1..=Self::LONGEST).contains(&text.chars().count())
            && !text.chars().any(|sign| sign == '#' || sign.is_control());
        if legal { Ok(Self(text.to_owned())) } else { Err(ParseIdError { longest: Self::LONGEST }) }
    }
}

impl TryFrom<String> for OrderVersion {
    type Error = ParseIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<OrderVersion> for String {
    fn from(version: OrderVersion) -> Self {
        version.0
    }
}

impl fmt::Display for OrderVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn newer(this: &str, other: &str) -> bool {
        let read = |text: &str| text.parse::<OrderVersion>().unwrap();
        read(this).is_newer_than(&read(other))
    }

    #[test]
    fn versions_are_compared_as_numbers_when_both_are() {
        assert!(newer("10", "9"));
        assert!(newer("2", "01"));
        assert!(!newer("04", "4") && !newer("4", "04"));
        assert!(newer("B", "A") && newer("A", "9") && newer("1B", "1A"));
        assert!(!newer("1", "1"));
    }

    #[test]
    fn a_version_has_one_or_two_characters() {
        assert!("".parse::<OrderVersion>().is_err());
        assert!("100".parse::<OrderVersion>().is_err());
        assert!("#".parse::<OrderVersion>().is_err());
    }

    proptest! {
        #[test]
        fn of_two_versions_at_most_one_is_newer(a in "[0-9A-Za-z .-]{1,2}", b in "[0-9A-Za-z .-]{1,2}") {
            prop_assert!(!(newer(&a, &b) && newer(&b, &a)));
            prop_assert!(!newer(&a, &a));
        }

        #[test]
        fn numbers_are_newer_exactly_when_greater(a in 0_u8..100, b in 0_u8..100) {
            prop_assert_eq!(newer(&a.to_string(), &b.to_string()), a > b);
        }
    }
}
