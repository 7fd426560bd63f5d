//! Value types of a subscription.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::texts;

/// Maximum number of tags of a subscription.
pub const MAX_TAGS: usize = 10;

/// Maximum access points of a subscription. The contract has no limit; the item size has one.
pub const MAX_APN_IDS: usize = 32;

/// The number is not an ODB profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("0 to 13")]
pub struct ParseOdbProfileError;

/// Operator determined barring: 0 (none) to 13.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct OdbProfile(u8);

impl TryFrom<u8> for OdbProfile {
    type Error = ParseOdbProfileError;

    fn try_from(profile: u8) -> Result<Self, Self::Error> {
        if profile <= 13 { Ok(Self(profile)) } else { Err(ParseOdbProfileError) }
    }
}

impl From<OdbProfile> for u8 {
    fn from(profile: OdbProfile) -> Self {
        profile.0
    }
}

texts! {
    /// A tag set by the owner.
    Tag, 100, "A-Z a-z 0-9 _ -", "A-Za-z0-9_-", "fleet",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    /// The key of a voice application.
    AppKey, 128, "printable ASCII without spaces", "!-~", "key",
        |b| b.is_ascii_graphic();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_odb_profile_is_13() {
        assert!(OdbProfile::try_from(13).is_ok());
        assert_eq!(OdbProfile::try_from(14), Err(ParseOdbProfileError));
    }

    #[test]
    fn a_tag_has_at_most_100_letters_digits_underscores_and_hyphens() {
        assert!("a".repeat(100).parse::<Tag>().is_ok());
        assert!("Fleet_7-b".parse::<Tag>().is_ok());
        for text in ["", "a b", "a#b", "ä", &"a".repeat(101)] {
            assert!(text.parse::<Tag>().is_err(), "{text}");
        }
    }
}
