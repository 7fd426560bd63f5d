use domain::identity::signing::{
    KeyId, KeyRing, KeyState, PrivateKey, PublicKey, SigningKey, VERIFIES_AFTER_RETIREMENT,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{from_millis, to_millis};
use crate::{error::StoreError, keys};

/// The ring of keys, private parts included: one item, so that who may read it is one line of a
/// policy, and one condition guards every change of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyRingRecord {
    pk: String,
    sk: String,
    keys: Vec<SigningKeyRecord>,
    pub(crate) revision: u64,
}

/// A key in the ring.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SigningKeyRecord {
    #[serde(flatten)]
    public: PublicKey,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pkcs8: Option<PrivateKey>,
    state: KeyState,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    not_after: Option<i64>,
}

impl KeyRingRecord {
    pub(crate) fn new(ring: &KeyRing, revision: u64) -> Self {
        let key = keys::signing_keys();
        let keys = ring.keys.iter().map(|key| SigningKeyRecord {
            public: key.public.clone(),
            pkcs8: key.private.clone(),
            state: key.state,
            created_at: to_millis(key.created_at),
            not_after: key.not_after.map(to_millis),
        });
        Self { pk: key.pk, sk: key.sk, keys: keys.collect(), revision }
    }
}

impl TryFrom<KeyRingRecord> for KeyRing {
    type Error = StoreError;

    fn try_from(record: KeyRingRecord) -> Result<Self, StoreError> {
        let key = |record: SigningKeyRecord| {
            Ok(SigningKey {
                public: record.public,
                private: record.pkcs8,
                state: record.state,
                created_at: from_millis(record.created_at)?,
                not_after: record.not_after.map(from_millis).transpose()?,
            })
        };
        Ok(Self { keys: record.keys.into_iter().map(key).collect::<Result<_, StoreError>>()? })
    }
}

/// The public part of a key: all that a verifier may read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicKeyRecord {
    pk: String,
    sk: String,
    #[serde(flatten)]
    public: PublicKey,
    /// Rises by one when the key is retired.
    pub(crate) revision: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    not_after: Option<i64>,
    /// Seconds; TTL deletes late, so `notAfter` decides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expires_at: Option<i64>,
}

impl PublicKeyRecord {
    pub(crate) fn new(key: &SigningKey) -> Self {
        let at = Self::key(&key.public.id);
        let expires = key.not_after.map(|end| (end + VERIFIES_AFTER_RETIREMENT).unix_timestamp());
        Self {
            pk: at.pk,
            sk: at.sk,
            public: key.public.clone(),
            revision: if key.not_after.is_some() { Self::RETIRED } else { Self::NEW },
            not_after: key.not_after.map(to_millis),
            expires_at: expires,
        }
    }

    /// Revision of a key that was not retired.
    pub(crate) const NEW: u64 = 1;
    /// Revision of a retired key.
    const RETIRED: u64 = 2;

    pub(crate) fn key(id: &KeyId) -> keys::Key {
        keys::public_key(id)
    }

    /// The key, unless it verifies no more.
    pub(crate) fn verifying(self, now: OffsetDateTime) -> Option<PublicKey> {
        self.not_after.is_none_or(|end| to_millis(now) < end).then_some(self.public)
    }
}
