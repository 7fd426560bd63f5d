use std::sync::{Arc, Mutex, PoisonError};

use api::identity::token::generate_key;
use domain::identity::signing::{KeyRing, RING_REMEMBERED};
use store::{SigningKeys, StoreError, Table};
use time::{Duration, OffsetDateTime};

/// The signing keys, remembered for a minute: a token costs no read of them.
pub(crate) struct Ring {
    keys: SigningKeys,
    remembered: Mutex<Option<(Arc<KeyRing>, OffsetDateTime)>>,
}

impl Ring {
    pub(crate) fn new(table: Table) -> Self {
        Self { keys: SigningKeys::new(table), remembered: Mutex::default() }
    }

    /// The keys; the first ones are made by whoever asks first.
    pub(crate) async fn at(&self, now: OffsetDateTime) -> Result<Arc<KeyRing>, StoreError> {
        let fresh = |since| (Duration::ZERO..RING_REMEMBERED).contains(&(now - since));
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((ring, _)) = remembered.filter(|(_, since)| fresh(*since)) {
            return Ok(ring);
        }
        let ring = Arc::new(self.keys.list_or_make(generate_key, now).await?);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        *remembered = Some((Arc::clone(&ring), now));
        Ok(ring)
    }
}
