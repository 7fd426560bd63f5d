use api::{ApiRequest, ApiResponse, Problem};
use futures::future::try_join_all;
use lambda::dispatch::Dispatch;
use store::{DynamoWatchdog, OpenOrder, StoreError};
use time::{Duration, OffsetDateTime};

use crate::{
    ConsoleApi,
    pages::{self, Overview},
    respond::page,
};

/// Open orders that are read of each of the 16 shards: some 1,000 in all.
const OPEN: usize = 63;
/// Orders of each shard that need intervention: some 100 in all.
const MARKED: usize = 7;
/// No order is due later than this.
const HORIZON: Duration = Duration::days(3_650);

/// What a shard has.
struct Shard {
    marked: Vec<OpenOrder>,
    more_marked: bool,
    open: Vec<OpenOrder>,
    more_open: bool,
}

async fn read(
    watchdog: &DynamoWatchdog,
    shard: u8,
    now: OffsetDateTime,
) -> Result<Shard, StoreError> {
    let marked = watchdog.needing_intervention_from(shard, now, MARKED, None);
    let open = watchdog.overdue_from(shard, now + HORIZON, OPEN, None);
    let (marked, open) = futures::try_join!(marked, open)?;
    Ok(Shard {
        more_marked: marked.next.is_some(),
        marked: marked.orders,
        more_open: open.next.is_some(),
        open: open.orders,
    })
}

fn summed(shards: Vec<Shard>, now: OffsetDateTime) -> Overview {
    let mut overview = Overview::default();
    for shard in shards {
        overview.more_marked |= shard.more_marked;
        overview.more_open |= shard.more_open;
        overview.marked.extend(shard.marked);
        for order in shard.open {
            overview.late += usize::from(order.is_late(now) && order.due() < Some(now));
            *overview.open.entry((order.kind, order.status)).or_default() += 1;
        }
    }
    let since = |order: &OpenOrder| order.needs_intervention.as_ref().map(|mark| mark.since);
    overview.marked.sort_by(|one, other| (since(one), &one.id).cmp(&(since(other), &other.id)));
    overview
}

impl<D: Dispatch> ConsoleApi<D> {
    /// `GET /console`: what needs intervention, and how many orders are open.
    pub(crate) async fn get_console(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let visit = self.visit(request).await?;
        let (watchdog, now) = (DynamoWatchdog::new(self.table.clone()), self.clock.now());
        let shards = (0..DynamoWatchdog::SHARDS).map(|shard| read(&watchdog, shard, now));
        let shards = try_join_all(shards).await.map_err(Problem::failed)?;
        let body = pages::overview(&summed(shards, now));
        Ok(page(pages::frame("Overview", Some(&visit), "/console", &body)))
    }
}
