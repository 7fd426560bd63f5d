//! E-mail addresses: how customers are known.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::Described;

/// An e-mail address. Two are equal when they differ in case only; `{:?}` hides it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email {
    as_sent: String,
    normalised: String,
}

/// The text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an e-mail address, at most 254 characters")]
pub struct ParseEmailError;

impl Email {
    /// As the caller wrote it.
    pub fn as_str(&self) -> &str {
        &self.as_sent
    }

    /// In lower case: mailboxes that differ in case only do not exist in practice, and a customer
    /// who writes the address another way is still the same.
    pub fn normalised(&self) -> &str {
        &self.normalised
    }

    /// The normalised form as a part of a key: without `#`, which separates the parts.
    pub fn key(&self) -> String {
        self.normalised.replace('%', "%25").replace('#', "%23")
    }
}

/// RFC 5321 without its curiosities: no quoted local part, no address literal, no comment.
/// International addresses (RFC 6531) are read.
fn legal(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !r#"()<>[]:;@\,""#.contains(c);
    let dots = |part: &str| part.split('.').all(|word| !word.is_empty());
    let label = |word: &str| {
        word.len() <= 63
            && !word.starts_with('-')
            && !word.ends_with('-')
            && word.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && dots(local)
        && dots(domain)
        && domain.contains('.')
        && domain.split('.').all(label)
}

impl FromStr for Email {
    type Err = ParseEmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !legal(text) {
            return Err(ParseEmailError);
        }
        Ok(Self { as_sent: text.to_owned(), normalised: text.to_lowercase() })
    }
}

/// The pattern states the local part's characters and that the domain has a dot; lengths are in
/// bytes and labels have rules of their own.
impl Described for Email {
    const PATTERN: &'static str = "^[^@]+@[^@.]+(\\.[^@.]+)+$";
    const LENGTH: (usize, usize) = (5, 254);
    const FORMAT: Option<&'static str> = Some("idn-email");
    const BEYOND: Option<&'static str> =
        Some("RFC 5321 and 6531 without quoted local parts, comments and address literals.");
    const EXAMPLE: &'static str = "john@doe.com";

    fn validate(text: &str) -> Result<(), Self::Err> {
        if legal(text) { Ok(()) } else { Err(ParseEmailError) }
    }
}

impl TryFrom<String> for Email {
    type Error = ParseEmailError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.as_sent
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.normalised == other.normalised
    }
}

impl Eq for Email {}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normalised.hash(state);
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_addresses_are_read() {
        for text in [
            "john@doe.com",
            "first.last+tag@sub.example.co.uk",
            "o'neil@example.com",
            "a#b%c@example.com",
            "jürgen@münchen.de",
            "x@1.2",
        ] {
            assert_eq!(text.parse::<Email>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "@",
            "john",
            "john@",
            "@doe.com",
            "john@doe",
            "john@@doe.com",
            "john doe@doe.com",
            "john@doe .com",
            "john@-doe.com",
            "john@doe..com",
            ".john@doe.com",
            "john.@doe.com",
            "john@doe.com\n",
            "John <john@doe.com>",
            "a\"b@doe.com",
        ] {
            assert_eq!(text.parse::<Email>(), Err(ParseEmailError), "{text:?}");
        }
        assert!(format!("{}@doe.com", "x".repeat(65)).parse::<Email>().is_err());
        assert!(format!("x@{}.com", "y.".repeat(130)).parse::<Email>().is_err());
    }

    #[test]
    fn case_makes_no_other_customer_and_the_key_has_no_hash_sign() {
        let (a, b): (Email, Email) =
            ("John@Doe.com".parse().unwrap(), "john@doe.COM".parse().unwrap());
        assert_eq!(a, b);
        assert_eq!((a.as_str(), a.key()), ("John@Doe.com", "john@doe.com".to_owned()));
        let odd = |text: &str| text.parse::<Email>().unwrap().key();
        assert_eq!(odd("a#b@x.y"), "a%23b@x.y");
        assert_ne!(odd("a%23b@x.y"), odd("a#b@x.y"), "no two addresses share a key");
    }

    #[test]
    fn debug_output_hides_the_address() {
        assert_eq!(format!("{:?}", "john@doe.com".parse::<Email>().unwrap()), "Email(..)");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in ".{0,300}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert!(!email.key().contains('#'));
                prop_assert!(email.normalised().parse::<Email>().is_ok());
            }
        }
    }
}
