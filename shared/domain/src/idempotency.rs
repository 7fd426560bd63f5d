//! Doing a request once, however often it is sent (`design.md`, *Idempotency*).

use std::{fmt, str::FromStr};

use thiserror::Error;
use time::Duration;

/// How long a key is remembered.
pub const KEPT: Duration = Duration::hours(24);

/// The text is no idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("1 to 255 printable ASCII characters")]
pub struct ParseIdempotencyKeyError;

/// The caller's `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = ParseIdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b));
        if (1..=255).contains(&text.len()) && printable {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseIdempotencyKeyError)
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key, and the request that came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// Hash of method, path and body: the same key with another request is an error.
    pub fingerprint: String,
}

/// The answer that was given the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Hash of the request it was given to.
    pub fingerprint: String,
    /// HTTP status.
    pub status: u16,
    /// The `Location` header.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}
