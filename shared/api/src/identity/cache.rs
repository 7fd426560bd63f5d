//! The client cache: for one minute, a known client needs no directory read.

use std::{collections::HashMap, sync::Arc};

use domain::identity::{Client, ClientId};
use time::{Duration, OffsetDateTime};

/// How long a client is cached, so how long a disabled client may still be accepted.
const KNOWN: Duration = Duration::seconds(60);
/// How long the absence of a client is cached.
const UNKNOWN: Duration = Duration::seconds(5);
/// Minimum age of a cached client for another lookup after a secret that does not match.
const MIN_REFRESH_AGE: Duration = Duration::seconds(5);
/// Maximum cached clients.
const CAPACITY: usize = 1_024;

/// A cached result of the directory.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) client: Option<Arc<Client>>,
    since: OffsetDateTime,
}

impl Known {
    pub(super) fn new(client: Option<Arc<Client>>, now: OffsetDateTime) -> Self {
        Self { client, since: now }
    }

    /// No client, and never worth another lookup.
    pub(super) fn no_client() -> Self {
        Self { client: None, since: OffsetDateTime::UNIX_EPOCH }
    }

    pub(super) fn may_be_outdated(&self, now: OffsetDateTime) -> bool {
        self.client.is_some() && !self.within(MIN_REFRESH_AGE, now)
    }

    fn fresh(&self, now: OffsetDateTime) -> bool {
        self.within(if self.client.is_some() { KNOWN } else { UNKNOWN }, now)
    }

    fn within(&self, life: Duration, now: OffsetDateTime) -> bool {
        // After a clock was set back, the age is negative: not fresh.
        (Duration::ZERO..life).contains(&(now - self.since))
    }
}

/// The bounded cache: absent clients, so guessed ids, are evicted first.
#[derive(Debug, Default)]
pub(super) struct Cache(HashMap<ClientId, Known>);

impl Cache {
    pub(super) fn get(&self, id: &ClientId, now: OffsetDateTime) -> Option<Known> {
        self.0.get(id).filter(|known| known.fresh(now)).cloned()
    }

    pub(super) fn put(&mut self, id: ClientId, known: Known) {
        if self.0.len() >= CAPACITY && !self.0.contains_key(&id) {
            self.0.retain(|_, held| held.client.is_some() && held.fresh(known.since));
            if self.0.len() >= CAPACITY {
                self.0.clear();
            }
        }
        self.0.insert(id, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let mut cache = Cache::default();
        for n in 0..3 * CAPACITY {
            cache.put(format!("guess-{n}").parse().unwrap(), Known::new(None, now));
        }
        assert!(cache.0.len() <= CAPACITY);
    }
}
