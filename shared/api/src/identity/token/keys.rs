//! Public keys are remembered for a minute; names of keys that do not exist cost at most one
//! lookup a second, however many are guessed.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use domain::identity::signing::{KeyId, PublicKeys};
use jsonwebtoken::DecodingKey;
use time::{Duration, OffsetDateTime};

use super::TokenVerifier;
use crate::identity::AuthenticationError;

/// How long a key is remembered.
const KNOWN: Duration = Duration::MINUTE;
/// How long nobody looks after a name that was none.
const QUIET: Duration = Duration::SECOND;

/// What is remembered. Bounded: only keys that exist are.
#[derive(Default)]
pub(super) struct KeyCache {
    known: HashMap<KeyId, (Arc<DecodingKey>, OffsetDateTime)>,
    missed_at: Option<OffsetDateTime>,
}

enum Memory {
    Known(Arc<DecodingKey>),
    Guessing,
    Look,
}

impl KeyCache {
    fn recall(&self, id: &KeyId, now: OffsetDateTime) -> Memory {
        // A clock that was set back makes nothing younger.
        let within = |life: Duration, since| (Duration::ZERO..life).contains(&(now - since));
        match self.known.get(id) {
            Some((key, since)) if within(KNOWN, *since) => Memory::Known(Arc::clone(key)),
            Some(_) => Memory::Look,
            None if self.missed_at.is_some_and(|at| within(QUIET, at)) => Memory::Guessing,
            None => Memory::Look,
        }
    }
}

impl<K: PublicKeys> TokenVerifier<K> {
    pub(super) async fn key(
        &self,
        id: &KeyId,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<DecodingKey>>, AuthenticationError> {
        let recalled = self.cache.lock().unwrap_or_else(PoisonError::into_inner).recall(id, now);
        match recalled {
            Memory::Known(key) => return Ok(Some(key)),
            Memory::Guessing => return Ok(None),
            Memory::Look => {}
        }
        let found = self.keys.public_key(id).await?;
        let key = found.and_then(|key| DecodingKey::from_ec_components(&key.x, &key.y).ok());
        let key = key.map(Arc::new);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        match &key {
            Some(key) => {
                cache.known.insert(id.clone(), (Arc::clone(key), now));
            }
            None => {
                cache.known.remove(id);
                cache.missed_at = Some(now);
            }
        }
        Ok(key)
    }
}
