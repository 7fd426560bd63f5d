use std::sync::{Arc, Mutex, PoisonError};

use api::identity::token::generate_key;
use domain::identity::signing::{KeyRing, RING_REMEMBERED};
use store::{SigningKeys, StoreError, Table};
use time::{Duration, OffsetDateTime};

/// The signing keys, cached for a minute, so that issuing a token needs no read.
pub(crate) struct Ring {
    keys: SigningKeys,
    cached: Mutex<Option<(Arc<KeyRing>, OffsetDateTime)>>,
}

impl Ring {
    pub(crate) fn new(table: Table) -> Self {
        Self { keys: SigningKeys::new(table), cached: Mutex::default() }
    }

    /// The keys; the first request creates them.
    pub(crate) async fn at(&self, now: OffsetDateTime) -> Result<Arc<KeyRing>, StoreError> {
        let fresh = |since| (Duration::ZERO..RING_REMEMBERED).contains(&(now - since));
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((ring, _)) = cached.filter(|(_, since)| fresh(*since)) {
            return Ok(ring);
        }
        let ring = Arc::new(self.keys.list_or_make(generate_key, now).await?);
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        *cached = Some((Arc::clone(&ring), now));
        Ok(ring)
    }
}
