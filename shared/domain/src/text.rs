//! Short texts of a limited alphabet. None can hold a `#`: it separates the parts of a key, and
//! would let one item pose as another.

use std::{fmt, net::Ipv4Addr, str::FromStr};

use thiserror::Error;
use uuid::Uuid;

/// A value type that states the form of its text: once, for its validation and for its
/// documentation.
///
/// [`PATTERN`](Self::PATTERN) and [`LENGTH`](Self::LENGTH) accept exactly the texts that
/// [`validate`](Self::validate) accepts, except for what [`BEYOND`](Self::BEYOND) says.
pub trait Described: FromStr<Err: fmt::Display> {
    /// Regular expression (ECMA-262, Unicode mode) of the whole text.
    const PATTERN: &'static str;
    /// Least and greatest length, in characters.
    const LENGTH: (usize, usize);
    /// A format that JSON Schema registers (`date-time`, `email`), or the name of a rule that no
    /// pattern can state (`iccid`): what generates texts can be taught it.
    const FORMAT: Option<&'static str> = None;
    /// The rule that no pattern can state, in words.
    const BEYOND: Option<&'static str> = None;
    /// A valid text.
    const EXAMPLE: &'static str;

    /// Checks a text. Types whose values allocate override it, so that validation does not.
    ///
    /// # Errors
    /// The text is no value of this type.
    fn validate(text: &str) -> Result<(), Self::Err> {
        text.parse::<Self>().map(drop)
    }
}

/// Dotted decimal without leading zeros.
impl Described for Ipv4Addr {
    const PATTERN: &'static str = concat!(
        r"^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}",
        "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$",
    );
    const LENGTH: (usize, usize) = (7, 15);
    const FORMAT: Option<&'static str> = Some("ipv4");
    const EXAMPLE: &'static str = "10.1.2.3";
}

/// Text from outside without control characters: none reaches a terminal or breaks a line.
pub fn printable(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

/// Text from outside without what may be a number or a SIM: a run of six digits or more.
pub fn without_numbers(text: &str) -> String {
    const LONGEST: usize = 5;
    let (mut masked, mut run) = (String::with_capacity(text.len()), String::new());
    for sign in text.chars().map(Some).chain([None]) {
        match sign {
            Some(digit) if digit.is_ascii_digit() => run.push(digit),
            other => {
                masked.push_str(if run.len() > LONGEST { "…" } else { &run });
                run.clear();
                masked.extend(other);
            }
        }
    }
    masked
}

/// The text has a wrong length or a sign that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("1 to {longest} of {signs}")]
pub struct ParseTextError {
    /// The greatest length, in bytes.
    pub longest: usize,
    /// The alphabet, in words.
    pub signs: &'static str,
}

/// A UUID in the form of RFC 9562, section 4: with hyphens, its digits in either case.
pub(crate) fn hyphenated(text: &str) -> Option<Uuid> {
    // Without hyphens, in braces or as a URN the length is another.
    Uuid::try_parse(text).ok().filter(|_| text.len() == uuid::fmt::Hyphenated::LENGTH)
}

macro_rules! texts {
    ($(
        $(#[$doc:meta])*
        $name:ident, $longest:literal, $signs:literal, $class:literal, $example:literal, $legal:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::text::ParseTextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as crate::text::Described>::validate(text).map(|()| Self(text.to_owned()))
            }
        }

        impl crate::text::Described for $name {
            const PATTERN: &'static str = concat!("^[", $class, "]*$");
            const LENGTH: (usize, usize) = (1, $longest);
            const EXAMPLE: &'static str = $example;

            fn validate(text: &str) -> Result<(), Self::Err> {
                let legal: fn(u8) -> bool = $legal;
                if (1..=$longest).contains(&text.len()) && text.bytes().all(legal) {
                    Ok(())
                } else {
                    Err(crate::text::ParseTextError { longest: $longest, signs: $signs })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = crate::text::ParseTextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

pub(crate) use texts;

#[cfg(test)]
mod tests {
    use super::Described;
    use crate::{
        esim::{MatchingId, ProductId, SmdpHost},
        identity::ClientId,
        subscription::{AppKey, Tag},
        webhook::{EndpointId, EndpointUrl},
    };

    /// The characters of a class such as `A-Z0-9_-`.
    fn class(pattern: &str) -> Vec<char> {
        let inside = pattern.strip_prefix("^[").unwrap().strip_suffix("]*$").unwrap();
        let signs: Vec<char> = inside.chars().collect();
        let (mut all, mut at) = (Vec::new(), 0);
        while at < signs.len() {
            if signs.get(at + 1) == Some(&'-') && at + 2 < signs.len() {
                all.extend(signs[at]..=signs[at + 2]);
                at += 3;
            } else {
                all.push(signs[at]);
                at += 1;
            }
        }
        all
    }

    fn agrees<T: Described>() {
        let class = class(T::PATTERN);
        for sign in '\0'..='\u{17f}' {
            let accepted = T::validate(&sign.to_string()).is_ok();
            assert_eq!(accepted, class.contains(&sign), "{} {sign:?}", T::PATTERN);
        }
        assert!(T::validate(T::EXAMPLE).is_ok(), "{}", T::EXAMPLE);
        let first = class[0].to_string();
        let (least, most) = T::LENGTH;
        assert!(T::validate(&first.repeat(least)).is_ok());
        assert!(T::validate(&first.repeat(least - 1)).is_err());
        assert!(T::validate(&first.repeat(most)).is_ok());
        assert!(T::validate(&first.repeat(most + 1)).is_err());
    }

    #[test]
    fn runs_of_six_digits_are_masked_and_shorter_ones_stay() {
        let text = "msisdn 46708421488 refused: code 40912, tries 3, 123456";
        let expected = "msisdn … refused: code 40912, tries 3, …";
        assert_eq!(super::without_numbers(text), expected);
    }

    #[test]
    fn the_pattern_of_a_text_has_the_characters_that_are_accepted() {
        agrees::<Tag>();
        agrees::<AppKey>();
        agrees::<ProductId>();
        agrees::<ClientId>();
        agrees::<SmdpHost>();
        agrees::<MatchingId>();
        agrees::<EndpointId>();
        agrees::<EndpointUrl>();
    }
}
