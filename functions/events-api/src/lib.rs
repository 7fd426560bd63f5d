//! The client's feeds, by long poll (`infra/docs/contracts/ecc.md`, *Events*).

mod config;
#[cfg(feature = "openapi")]
mod description;
mod list_events;
mod routes;
mod start;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{clock::Clock, feed::Feed, identity::Tenant};
use lambda::system::SystemClock;
use store::{DynamoFeedUse, DynamoFeeds, DynamoWaits, StoreError, Table};
use time::OffsetDateTime;

pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use list_events::EventList;
pub use start::start;

/// The first wait of a caller between two looks at the feed's end; each is half as long again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest wait. A caller who waits 25 seconds looks 20 times at one small item, half a read
/// unit each.
const LONGEST_PAUSE: Duration = Duration::from_millis(1_500);
/// Feeds that a process remembers.
const REMEMBERED: usize = 1_024;

/// The function.
pub struct EventsApi {
    feeds: DynamoFeeds,
    uses: DynamoFeedUse,
    /// Feeds that this process knows to be in use, and until when.
    used: Mutex<HashMap<(Tenant, Feed), OffsetDateTime>>,
    waits: DynamoWaits,
    clock: Arc<dyn Clock>,
}

impl EventsApi {
    /// Over this table.
    pub fn new(table: Table) -> Self {
        Self {
            feeds: DynamoFeeds::new(table.clone()),
            uses: DynamoFeedUse::new(table.clone()),
            used: Mutex::default(),
            waits: DynamoWaits::new(table),
            clock: Arc::new(SystemClock),
        }
    }

    /// Notes that a feed is read. Before its events are: whatever happens after the response is
    /// appended.
    async fn use_feed(&self, tenant: &Tenant, feed: Feed) -> Result<(), StoreError> {
        let (now, key) = (self.clock.now(), (tenant.clone(), feed));
        if self.used().get(&key).is_some_and(|until| *until > now) {
            return Ok(());
        }
        let until = self.uses.read(tenant, feed, now).await?;
        let mut used = self.used();
        if used.len() >= REMEMBERED {
            used.clear();
        }
        used.insert(key, until);
        Ok(())
    }

    fn used(&self) -> MutexGuard<'_, HashMap<(Tenant, Feed), OffsetDateTime>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
