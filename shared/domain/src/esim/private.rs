//! Short texts of a limited form that must not reach a log.

use thiserror::Error;

/// The text has a wrong length or a sign that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{form}")]
pub struct ParsePrivateTextError {
    /// What it should be, in words.
    pub form: &'static str,
}

/// Like [`crate::text::texts`], but `{:?}` hides the text.
macro_rules! private_texts {
    ($(
        $(#[$doc:meta])*
        $name:ident, $length:expr, $form:literal, $pattern:literal, $example:literal, $part:expr;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The part of a text that counts, if it is legal.
            fn part(text: &str) -> Option<&str> {
                let part: fn(&str) -> Option<&str> = $part;
                part(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::esim::ParsePrivateTextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::part(text)
                    .map(|part| Self(part.to_owned()))
                    .ok_or($crate::esim::ParsePrivateTextError { form: $form })
            }
        }

        impl $crate::text::Described for $name {
            const PATTERN: &'static str = $pattern;
            const LENGTH: (usize, usize) = $length;
            const EXAMPLE: &'static str = $example;

            fn validate(text: &str) -> Result<(), Self::Err> {
                let part = Self::part(text);
                part.map(drop).ok_or($crate::esim::ParsePrivateTextError { form: $form })
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::esim::ParsePrivateTextError;

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

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

pub(super) use private_texts;
