//! E-mail addresses: how customers are known.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::mailbox::normalised;
use crate::text::Described;

/// An e-mail address. Two are equal when they name one mailbox; `{:?}` hides it.
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

    /// The same for every spelling of one mailbox: those that differ in the case of ASCII letters
    /// only do not exist in practice, and a customer who writes the address another way is still
    /// the same.
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
    // Which letters of which scripts may stand together is the registries' matter; the dots are
    // those that IDNA takes for one.
    let in_label = |c: char| {
        if c.is_ascii() { c.is_ascii_alphanumeric() || c == '-' } else { plain(c) && !is_dot(c) }
    };
    let label = |word: &str| {
        word.chars().count() <= 63
            && !word.starts_with('-')
            && !word.ends_with('-')
            && word.chars().all(in_label)
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && dots(local)
        && dots(domain)
        && domain.contains('.')
        && domain.split('.').all(label)
}

fn is_dot(c: char) -> bool {
    matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}')
}

impl FromStr for Email {
    type Err = ParseEmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (local, domain) = text.rsplit_once('@').ok_or(ParseEmailError)?;
        if !legal(text) {
            return Err(ParseEmailError);
        }
        Ok(Self { as_sent: text.to_owned(), normalised: normalised(local, domain) })
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

    fn mailbox(text: &str) -> Email {
        text.parse().unwrap_or_else(|_| panic!("{text:?}"))
    }

    #[test]
    fn the_spellings_of_one_mailbox_are_one() {
        for spellings in [
            &["john@doe.com", "JOHN@DOE.COM", "John@doe.Com"][..],
            &["j\u{fc}rgen@doe.com", "ju\u{308}rgen@doe.com", "Ju\u{308}rgen@Doe.com"],
            &[
                "x@m\u{fc}nchen.de",
                "x@mu\u{308}nchen.de",
                "x@xn--mnchen-3ya.de",
                "X@XN--MNCHEN-3YA.DE",
                "x@M\u{dc}NCHEN.de",
            ],
            &["\u{c5}sa@doe.com", "A\u{30a}sa@doe.com"],
            &["\u{1e97}@doe.com", "t\u{308}@doe.com", "T\u{308}@doe.com"],
            &["x@stra\u{df}e.de", "x@xn--strae-oqa.de"],
            &["x@\u{4f8b}\u{3048}.\u{30c6}\u{30b9}\u{30c8}", "x@xn--r8jz45g.xn--zckzah"],
            &["x@\u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940}.com", "x@xn--j2bd4cyah0f.com"],
        ] {
            for other in spellings {
                assert_eq!(mailbox(spellings[0]), mailbox(other), "{other}");
                assert_eq!(mailbox(other).as_str(), *other, "it comes back as it was written");
            }
        }
    }

    #[test]
    fn characters_that_look_or_fold_alike_name_other_mailboxes() {
        for (one, other) in [
            ("sam@doe.com", "\u{17f}am@doe.com"),
            ("kim@doe.com", "\u{212a}im@doe.com"),
            ("kim@doe.com", "\u{212a}\u{308}im@doe.com"),
            ("mike@doe.com", "m\u{131}ke@doe.com"),
            ("mike@doe.com", "M\u{130}KE@doe.com"),
            ("\u{e5}@doe.com", "\u{212b}@doe.com"),
            ("\u{c5}@doe.com", "\u{212b}@doe.com"),
            ("\u{e4}@doe.com", "\u{c4}@doe.com"),
            ("a@doe.com", "\u{430}@doe.com"),
            ("fi@doe.com", "\u{fb01}@doe.com"),
            ("a@doe.com", "\u{ff41}@doe.com"),
            ("strasse@doe.com", "stra\u{df}e@doe.com"),
            ("\u{3c3}@doe.com", "\u{3c2}@doe.com"),
            ("x@sam.com", "x@\u{17f}am.com"),
            ("x@kim.com", "x@\u{212a}im.com"),
            ("x@mike.com", "x@m\u{131}ke.com"),
            ("x@mike.com", "x@M\u{130}KE.com"),
            ("x@doe.com", "x@\u{ff44}oe.com"),
            ("x@strasse.de", "x@stra\u{df}e.de"),
            ("x@doe.com", "x@do\u{ad}e.com"),
            ("x@paypal.com", "x@p\u{430}ypal.com"),
        ] {
            assert_ne!(mailbox(one), mailbox(other), "{one} {other}");
            assert_ne!(mailbox(one).key(), mailbox(other).key(), "{one} {other}");
        }
    }

    #[test]
    fn a_full_stop_of_another_script_separates_nothing() {
        for text in ["x@doe\u{3002}com", "x@a.doe\u{ff0e}com", "x@a.doe\u{ff61}com"] {
            assert_eq!(text.parse::<Email>(), Err(ParseEmailError), "{text}");
        }
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
            }
        }

        #[test]
        fn the_normalised_form_names_the_same_mailbox(
            local in "[a-zA-Z\u{300}-\u{30a}\u{e0}-\u{ff}\u{17f}\u{212a}]{1,8}",
            label in "[a-zA-Z\u{300}-\u{30a}\u{e0}-\u{ff}\u{131}\u{17f}\u{3b1}-\u{3c9}]{1,8}",
        ) {
            if let Ok(email) = format!("{local}@{label}.com").parse::<Email>() {
                let again = email.normalised().parse::<Email>();
                prop_assert_eq!(again.as_ref().map(Email::normalised), Ok(email.normalised()));
            }
        }
    }
}
