//! Signing keys of access tokens: one key is active, the next one is published in advance, and
//! retired keys verify until their tokens have expired.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::DirectoryUnavailable;
use crate::text::texts;

/// Lifetime of an access token.
pub const TOKEN_LIFE: Duration = Duration::minutes(15);
/// How long a process that signs or publishes may cache the key ring.
pub const RING_REMEMBERED: Duration = Duration::minutes(1);
/// How long a retired key verifies: a signer with a cached ring may use it for
/// [`RING_REMEMBERED`], its tokens are valid for [`TOKEN_LIFE`], the rest allows for clock skew.
pub const VERIFIES_AFTER_RETIREMENT: Duration = Duration::minutes(20);

texts! {
    /// A key's id (`kid`); of our own keys the RFC 7638 thumbprint.
    KeyId, 64, "A-Z a-z 0-9 _ -", "A-Za-z0-9_-", "key-1",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
}

/// The public part of a P-256 key. The coordinates are base64url without padding, as in a JWK
/// (RFC 7518, section 6.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Its id.
    pub id: KeyId,
    /// The first coordinate.
    pub x: String,
    /// The second coordinate.
    pub y: String,
}

/// A private key, PKCS#8 in base64url without padding. Hidden in `Debug` output.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PrivateKey(pub String);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// A new key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The public part.
    pub public: PublicKey,
    /// The private part.
    pub private: PrivateKey,
}

/// The state of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyState {
    /// Published before its first use, so that every verifier knows it.
    Next,
    /// Signs tokens.
    Active,
    /// No longer signs; still verifies.
    Retired,
}

impl KeyState {
    /// The name shown to the operator.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

/// A key of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The public part.
    pub public: PublicKey,
    /// The private part; deleted when the key is retired.
    pub private: Option<PrivateKey>,
    /// The state.
    pub state: KeyState,
    /// The time of creation.
    pub created_at: OffsetDateTime,
    /// The time at which a retired key stops verifying.
    pub not_after: Option<OffsetDateTime>,
}

impl SigningKey {
    fn new(key: NewKey, state: KeyState, now: OffsetDateTime) -> Self {
        let NewKey { public, private } = key;
        Self { public, private: Some(private), state, created_at: now, not_after: None }
    }

    /// Whether the key verifies tokens at `now`.
    pub fn verifies(&self, now: OffsetDateTime) -> bool {
        self.not_after.is_none_or(|end| now < end)
    }
}

/// All keys in use: one active key, one next key, and the retired keys that still verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    /// The keys, newest first.
    pub keys: Vec<SigningKey>,
}

impl KeyRing {
    /// A ring with its first two keys.
    pub fn first(active: NewKey, next: NewKey, now: OffsetDateTime) -> Self {
        let keys = vec![
            SigningKey::new(next, KeyState::Next, now),
            SigningKey::new(active, KeyState::Active, now),
        ];
        Self { keys }
    }

    /// The active key with its private part.
    pub fn active(&self) -> Option<(&PublicKey, &PrivateKey)> {
        let key = self.keys.iter().find(|key| key.state == KeyState::Active)?;
        Some((&key.public, key.private.as_ref()?))
    }

    /// The public keys to publish: all that verify now, and the next one.
    pub fn published(&self, now: OffsetDateTime) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter().filter(move |key| key.verifies(now)).map(|key| &key.public)
    }

    /// Activates the next key, retires the active one, and adds `fresh` as the next. Removes
    /// retired keys whose tokens have all expired.
    #[must_use]
    pub fn rotated(mut self, fresh: NewKey, now: OffsetDateTime) -> Self {
        for key in &mut self.keys {
            match key.state {
                KeyState::Next => key.state = KeyState::Active,
                KeyState::Active => {
                    key.state = KeyState::Retired;
                    key.private = None;
                    key.not_after = Some(now + VERIFIES_AFTER_RETIREMENT);
                }
                KeyState::Retired => {}
            }
        }
        self.keys.retain(|key| key.verifies(now));
        self.keys.insert(0, SigningKey::new(fresh, KeyState::Next, now));
        self
    }
}

/// A directory of the public keys of access tokens.
pub trait PublicKeys: Send + Sync {
    /// Looks up a key by its id; none when it does not exist or no longer verifies.
    fn public_key(
        &self,
        id: &KeyId,
    ) -> impl Future<Output = Result<Option<PublicKey>, DirectoryUnavailable>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> NewKey {
        let public =
            PublicKey { id: name.parse().unwrap(), x: name.to_owned(), y: name.to_owned() };
        NewKey { public, private: PrivateKey(name.to_owned()) }
    }

    fn names(ring: &KeyRing, state: KeyState) -> Vec<&str> {
        let keys = ring.keys.iter().filter(|key| key.state == state);
        keys.map(|key| key.public.id.as_str()).collect()
    }

    #[test]
    fn a_rotation_advances_the_state_of_every_key() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let ring = KeyRing::first(key("a"), key("b"), now).rotated(key("c"), now);
        assert_eq!(names(&ring, KeyState::Active), ["b"]);
        assert_eq!(names(&ring, KeyState::Next), ["c"]);
        assert_eq!(names(&ring, KeyState::Retired), ["a"]);
        assert_eq!(ring.active().unwrap().0.id.as_str(), "b");
    }

    #[test]
    fn a_retired_key_cannot_sign_and_verifies_until_its_tokens_have_expired() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let ring = KeyRing::first(key("a"), key("b"), now).rotated(key("c"), now);
        let retired = ring.keys.iter().find(|key| key.state == KeyState::Retired).unwrap();
        assert_eq!(retired.private, None);
        assert!(retired.verifies(now + RING_REMEMBERED + TOKEN_LIFE + Duration::MINUTE));
        let end = now + VERIFIES_AFTER_RETIREMENT;
        assert!(!retired.verifies(end));
        assert_eq!(ring.published(now).count(), 3);
        assert_eq!(ring.published(end).count(), 2);
        let later = ring.rotated(key("d"), end);
        assert_eq!(names(&later, KeyState::Retired), ["b"], "the first is removed");
    }

    #[test]
    fn debug_output_hides_the_private_key() {
        assert!(!format!("{:?}", key("secret").private).contains("secret"));
    }
}
