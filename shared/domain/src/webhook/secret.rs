use std::{fmt, iter, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use thiserror::Error;
use time::{Duration, OffsetDateTime};

use crate::clock::RandomSource;

const PREFIX: &str = "whsec_";

/// The key of one endpoint's signatures: 24 to 64 bytes, written `whsec_` and their base64
/// (Standard Webhooks 1.0, *Signature scheme*). Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// The text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be whsec_ and the base64 of 24 to 64 bytes")]
pub struct ParseSecretError;

impl Secret {
    /// A new one, of 32 bytes.
    pub fn new(random: &dyn RandomSource) -> Self {
        Self(iter::repeat_with(|| random.generate().to_be_bytes()).take(4).flatten().collect())
    }

    /// A secret of these bytes.
    ///
    /// # Errors
    /// Fewer than 24 or more than 64.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, ParseSecretError> {
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(ParseSecretError) }
    }

    /// The key of the HMAC.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text that its owner is shown once, and that is stored.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }
}

impl FromStr for Secret {
    type Err = ParseSecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let base64 = text.strip_prefix(PREFIX).ok_or(ParseSecretError)?;
        // 64 bytes are 88 signs: nothing longer is worth decoding.
        if base64.len() > 88 {
            return Err(ParseSecretError);
        }
        Self::from_bytes(STANDARD.decode(base64).map_err(|_| ParseSecretError)?)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A rotation would end a secret before the time that its owner was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{} secrets sign beside the current one until {until}", Secrets::MOST_PREVIOUS)]
pub struct TooManyRotations {
    /// When the first of them stops signing, and a rotation is possible again.
    pub until: OffsetDateTime,
}

/// The secrets of an endpoint: the current one, and for 24 hours after each rotation the one
/// before, so that a receiver can change over at any time within them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The one that its owner was shown last.
    pub current: Secret,
    /// Those before it, the newest first, each with the time from which it signs no more.
    pub previous: Vec<(Secret, OffsetDateTime)>,
}

impl Secrets {
    /// How long a previous secret continues to sign.
    pub const OVERLAP: Duration = Duration::hours(24);
    /// The most secrets that sign beside the current one: each is a signature in the header.
    pub const MOST_PREVIOUS: usize = 8;

    /// The secret of a new endpoint.
    pub const fn new(current: Secret) -> Self {
        Self { current, previous: Vec::new() }
    }

    /// After a rotation. Every secret signs until the time that its owner was told, however many
    /// rotations follow.
    ///
    /// # Errors
    /// As many secrets as may sign beside the current one still do.
    pub fn rotated(self, new: Secret, now: OffsetDateTime) -> Result<Self, TooManyRotations> {
        let mut previous = vec![(self.current, now + Self::OVERLAP)];
        previous.extend(self.previous.into_iter().filter(|(_, until)| now < *until));
        if let (true, Some((_, until))) = (previous.len() > Self::MOST_PREVIOUS, previous.last()) {
            return Err(TooManyRotations { until: *until });
        }
        Ok(Self { current: new, previous })
    }

    /// The secrets that sign at `now`, the newest first.
    pub fn valid_at(&self, now: OffsetDateTime) -> impl Iterator<Item = &Secret> {
        let previous = self.previous.iter().filter(move |(_, until)| now < *until);
        iter::once(&self.current).chain(previous.map(|(secret, _)| secret))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

    fn secret(byte: u8) -> Secret {
        Secret::from_bytes(vec![byte; 32]).unwrap()
    }

    #[test]
    fn a_secret_has_24_to_64_bytes() {
        for length in 0..=80 {
            let text = format!("{PREFIX}{}", STANDARD.encode(vec![7; length]));
            assert_eq!(text.parse::<Secret>().is_ok(), (24..=64).contains(&length), "{length}");
        }
    }

    #[test]
    fn a_secret_is_read_as_it_was_revealed() {
        assert_eq!(secret(9).reveal().parse(), Ok(secret(9)));
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%%"] {
            assert_eq!(text.parse::<Secret>(), Err(ParseSecretError), "{text}");
        }
    }

    #[test]
    fn a_secret_is_not_shown_by_debug() {
        let shown = format!("{:?}", Secrets::new(secret(1)).rotated(secret(2), NOW).unwrap());
        assert!(!shown.contains("whsec_") && !shown.contains("1, 1"), "{shown}");
    }

    #[test]
    fn an_old_secret_signs_for_24_hours_beside_the_new_one() {
        let secrets = Secrets::new(secret(1)).rotated(secret(2), NOW).unwrap();
        let valid = |at| secrets.valid_at(at).cloned().collect::<Vec<_>>();
        assert_eq!(valid(NOW), [secret(2), secret(1)]);
        assert_eq!(valid(NOW + Duration::hours(24) - Duration::SECOND), [secret(2), secret(1)]);
        assert_eq!(valid(NOW + Duration::hours(24)), [secret(2)]);
    }

    #[test]
    fn a_second_rotation_keeps_every_secret_until_its_time() {
        let secrets = Secrets::new(secret(1)).rotated(secret(2), NOW).unwrap();
        let later = NOW + Duration::hours(2);
        let secrets = secrets.rotated(secret(3), later).unwrap();
        let valid = |at| secrets.valid_at(at).cloned().collect::<Vec<_>>();
        assert_eq!(valid(later), [secret(3), secret(2), secret(1)]);
        let first_ends = NOW + Duration::hours(24);
        assert_eq!(valid(first_ends - Duration::SECOND), [secret(3), secret(2), secret(1)]);
        assert_eq!(valid(first_ends), [secret(3), secret(2)]);
        assert_eq!(valid(later + Duration::hours(24)), [secret(3)]);
        let again = secrets.rotated(secret(4), first_ends).unwrap();
        assert_eq!(again.previous.len(), 2, "what signs no more is not stored");
    }

    #[test]
    fn a_rotation_that_would_break_a_promise_is_refused() {
        let mut secrets = Secrets::new(secret(0));
        for n in 1..=8 {
            secrets = secrets.rotated(secret(n), NOW + Duration::hours(n.into())).unwrap();
        }
        let now = NOW + Duration::hours(9);
        let until = NOW + Duration::hours(1) + Secrets::OVERLAP;
        assert_eq!(secrets.clone().rotated(secret(9), now), Err(TooManyRotations { until }));
        assert!(secrets.rotated(secret(9), until).is_ok());
    }
}
