//! The cache of public keys: a key is cached for one minute; unknown key ids cause at most one
//! lookup per second, independent of the number of guesses.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use domain::identity::signing::{KeyId, PublicKeys};
use jsonwebtoken::DecodingKey;
use time::{Duration, OffsetDateTime};

use super::TokenVerifier;
use crate::identity::AuthenticationError;

/// How long a key is cached.
const KNOWN: Duration = Duration::MINUTE;
/// How long no unknown key id is looked up after an unsuccessful lookup.
const QUIET: Duration = Duration::SECOND;

/// The cache. It is bounded, because only existing keys are cached.
#[derive(Default)]
pub(super) struct KeyCache {
    known: HashMap<KeyId, (Arc<DecodingKey>, OffsetDateTime)>,
    missed_at: Option<OffsetDateTime>,
}

enum Cached {
    Known(Arc<DecodingKey>),
    Suppressed,
    Missing,
}

impl KeyCache {
    fn get(&self, id: &KeyId, now: OffsetDateTime) -> Cached {
        // After a clock was set back, the age is negative: not cached.
        let within = |life: Duration, since| (Duration::ZERO..life).contains(&(now - since));
        match self.known.get(id) {
            Some((key, since)) if within(KNOWN, *since) => Cached::Known(Arc::clone(key)),
            Some(_) => Cached::Missing,
            None if self.missed_at.is_some_and(|at| within(QUIET, at)) => Cached::Suppressed,
            None => Cached::Missing,
        }
    }
}

impl<K: PublicKeys> TokenVerifier<K> {
    pub(super) async fn key(
        &self,
        id: &KeyId,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<DecodingKey>>, AuthenticationError> {
        let cached = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(id, now);
        match cached {
            Cached::Known(key) => return Ok(Some(key)),
            Cached::Suppressed => return Ok(None),
            Cached::Missing => {}
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
