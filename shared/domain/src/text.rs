//! Short texts of a limited alphabet. None can hold a `#`: it separates the parts of a key, and
//! would let one item pose as another.

use thiserror::Error;

/// The text has a wrong length or a sign that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("1 to {longest} of {signs}")]
pub struct ParseTextError {
    /// The greatest length, in bytes.
    pub longest: usize,
    /// The alphabet, in words.
    pub signs: &'static str,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $longest:literal, $signs:literal, $legal:expr;)*) => {$(
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
                let legal: fn(u8) -> bool = $legal;
                if (1..=$longest).contains(&text.len()) && text.bytes().all(legal) {
                    Ok(Self(text.to_owned()))
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
