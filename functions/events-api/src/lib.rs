//! The client's feeds, by long poll (`infra/docs/contracts/ecc.md`, *Events*).

mod config;
#[cfg(feature = "openapi")]
mod description;
mod list_events;
mod routes;

use std::{sync::Arc, time::Duration};

use domain::clock::Clock;
use lambda::system::SystemClock;
use store::{DynamoFeeds, DynamoWaits, Table};

pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use list_events::EventList;

/// The first wait of a caller between two looks at the feed's end; each is half as long again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest wait. A caller who waits 25 seconds looks 20 times at one small item, half a read
/// unit each.
const LONGEST_PAUSE: Duration = Duration::from_millis(1_500);

/// The function.
pub struct EventsApi {
    feeds: DynamoFeeds,
    waits: DynamoWaits,
    clock: Arc<dyn Clock>,
}

impl EventsApi {
    /// Over this table.
    pub fn new(table: Table) -> Self {
        let (feeds, waits) = (DynamoFeeds::new(table.clone()), DynamoWaits::new(table));
        Self { feeds, waits, clock: Arc::new(SystemClock) }
    }
}
