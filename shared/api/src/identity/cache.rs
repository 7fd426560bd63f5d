//! Clients are remembered for a minute: a warm, cached credential costs no call.

use std::{collections::HashMap, sync::Arc};

use domain::identity::{Client, ClientId};
use time::{Duration, OffsetDateTime};

/// How long a client is remembered, so how long a disabled one may still get in.
const KNOWN: Duration = Duration::seconds(60);
/// How long the absence of a client is remembered.
const UNKNOWN: Duration = Duration::seconds(5);
/// How old a client must be to be looked up again for a secret that does not match.
const ANOTHER_LOOK: Duration = Duration::seconds(5);
/// The most clients remembered.
const CAPACITY: usize = 1_024;

/// What the directory said, and when.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) client: Option<Arc<Client>>,
    since: OffsetDateTime,
}

impl Known {
    pub(super) fn new(client: Option<Arc<Client>>, now: OffsetDateTime) -> Self {
        Self { client, since: now }
    }

    /// Nobody, and never worth a look.
    pub(super) fn nobody() -> Self {
        Self { client: None, since: OffsetDateTime::UNIX_EPOCH }
    }

    pub(super) fn worth_another_look(&self, now: OffsetDateTime) -> bool {
        self.client.is_some() && !self.within(ANOTHER_LOOK, now)
    }

    fn fresh(&self, now: OffsetDateTime) -> bool {
        self.within(if self.client.is_some() { KNOWN } else { UNKNOWN }, now)
    }

    fn within(&self, life: Duration, now: OffsetDateTime) -> bool {
        // A clock that was set back makes nothing younger.
        (Duration::ZERO..life).contains(&(now - self.since))
    }
}

/// The memory, bounded: guessed ids push out guessed ids first.
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
    fn the_memory_is_bounded() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let mut cache = Cache::default();
        for n in 0..3 * CAPACITY {
            cache.put(format!("guess-{n}").parse().unwrap(), Known::new(None, now));
        }
        assert!(cache.0.len() <= CAPACITY);
    }
}
