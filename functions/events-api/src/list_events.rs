use std::time::Duration;

use api::{
    ApiRequest, ApiResponse, Problem, StatusCode, header,
    schema::{Kind, Parameters, optional, query::parameters},
};
use domain::{feed::Feed, identity::Tenant};
use lambda::Deadline;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{BeginWait, HeldWait};

use crate::{EventsApi, FIRST_PAUSE, LONGEST_PAUSE};

const DEFAULT_LIMIT: u64 = 30;
/// The longest wait, in seconds: the guide's own example asks for 30.
const LONGEST: u64 = 25;
/// How much longer than its wait a slot is held by a process that died.
const MARGIN: Duration = Duration::from_secs(5);

/// The parameters of `GET /events/{event-type}`.
pub(crate) const EVENTS_QUERY: Parameters = parameters(&[
    optional("long-polling", Kind::Integer(0, 9_007_199_254_740_991))
        .about("How many seconds to wait for an event that was not seen; more than 25 are 25.")
        .default("0"),
    optional("limit", Kind::Integer(1, 100)).about("The most events.").default("30"),
    optional("first-element", Kind::Integer(1, 9_007_199_254_740_991))
        .about("The number of the first event; without it the newest are meant."),
]);

/// Events of one type, the oldest first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EventList {
    /// Each with its `sequence-number`, which rises by one from event to event.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::description::events"))]
    events: Vec<Map<String, Value>>,
}

#[cfg(feature = "openapi")]
impl api::openapi::Example for EventList {
    fn example() -> Value {
        let events = ecc::events::ORDER_EVENT.example.into_iter();
        serde_json::json!(Self { events: events.map(api::schema::example).collect() })
    }
}

/// What the query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Query {
    wait: Duration,
    limit: u64,
    first: Option<u64>,
}

/// The events that a query comes to while the feed ends where it does: from one number to
/// another, none when the second is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slice {
    first: u64,
    last: u64,
}

impl Query {
    /// Without a first element: the newest.
    fn slice(self, last: u64) -> Slice {
        let first = self.first.unwrap_or_else(|| last.saturating_sub(self.limit - 1).max(1));
        Slice { first, last: last.min(first.saturating_add(self.limit - 1)) }
    }
}

impl Slice {
    fn is_empty(self) -> bool {
        self.last < self.first
    }

    fn tag(self, feed: Feed) -> String {
        format!("\"{feed}.{}-{}\"", self.first, self.last)
    }
}

/// What a caller looks for.
#[derive(Clone, Copy)]
struct Looked<'a> {
    request: &'a ApiRequest,
    tenant: &'a Tenant,
    feed: Feed,
    query: Query,
}

enum Found {
    New(ApiResponse),
    /// With the tag of what the caller has seen.
    Nothing {
        tag: String,
    },
}

impl EventsApi {
    /// `GET /events/{event-type}`: what has happened, at once when there is something that the
    /// caller has not seen, else when there is, or 304 when the wait ends.
    pub(crate) async fn list_events(&self, request: &ApiRequest) -> Result<ApiResponse, Problem> {
        let tenant = &request.identity()?.tenant;
        let feed: Feed = request.params.get("eventtype").parse().map_err(|_| Problem::NotFound)?;
        let query = read(request);
        self.use_feed(tenant, feed).await.map_err(Problem::failed)?;
        let looked = Looked { request, tenant, feed, query };
        let tag = match self.look(looked).await? {
            Found::New(answer) => return Ok(answer),
            Found::Nothing { tag } => tag,
        };
        // Whatever the caller asks for, the answer must still get out.
        let end = Deadline::after(query.wait.min(request.remaining()));
        if end.remaining().is_zero() {
            return Ok(nothing_new(tag));
        }
        let held = self.begin_wait(tenant, end).await?;
        let answer = self.wait(looked, tag, end).await;
        if let Err(error) = self.waits.end(held).await {
            tracing::warn!(%error, "a wait ended and its slot is held to the end of its time");
        }
        answer
    }

    /// Takes a slot: each caller that waits occupies an instance of the function, and one tenant
    /// must not occupy them all.
    async fn begin_wait(&self, tenant: &Tenant, end: Deadline) -> Result<HeldWait, Problem> {
        let now = self.clock.now();
        match self.waits.begin(tenant, now + end.remaining() + MARGIN, now).await {
            Ok(BeginWait::Held(held)) => Ok(held),
            Ok(BeginWait::Full { retry_after_seconds }) => {
                Err(Problem::Throttled { retry_after_seconds })
            }
            Err(error) => Err(Problem::failed(error)),
        }
    }

    async fn wait(
        &self,
        looked: Looked<'_>,
        mut tag: String,
        end: Deadline,
    ) -> Result<ApiResponse, Problem> {
        let mut pause = FIRST_PAUSE;
        loop {
            let left = end.remaining();
            if left.is_zero() {
                return Ok(nothing_new(tag));
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
            tag = match self.look(looked).await? {
                Found::New(answer) => return Ok(answer),
                Found::Nothing { tag } => tag,
            };
        }
    }

    async fn look(&self, looked: Looked<'_>) -> Result<Found, Problem> {
        let Looked { request, tenant, feed, query } = looked;
        let last = self.feeds.last(tenant, feed).await.map_err(Problem::failed)?;
        let slice = query.slice(last);
        let tag = slice.tag(feed);
        let seen = request.seen(&tag);
        if seen.is_some() || slice.is_empty() && !query.wait.is_zero() {
            return Ok(Found::Nothing { tag: seen.unwrap_or(tag) });
        }
        Ok(Found::New(self.answer(tenant, feed, slice, &tag).await?))
    }

    async fn answer(
        &self,
        tenant: &Tenant,
        feed: Feed,
        slice: Slice,
        tag: &str,
    ) -> Result<ApiResponse, Problem> {
        let mut events = Vec::new();
        if !slice.is_empty() {
            let limit = usize::try_from(slice.last - slice.first + 1).unwrap_or(usize::MAX);
            let found = self.feeds.events(tenant, feed, slice.first, limit).await;
            events = found.map_err(Problem::failed)?;
        }
        let events = events.into_iter().map(|(number, body)| {
            let mut event = Map::with_capacity(body.len() + 1);
            event.insert("sequence-number".to_owned(), number.into());
            event.extend(body);
            event
        });
        let list = EventList { events: events.collect() };
        Ok(ApiResponse::json(StatusCode::OK, &list)?.header(header::ETAG, tag))
    }
}

fn nothing_new(tag: String) -> ApiResponse {
    ApiResponse::empty(StatusCode::NOT_MODIFIED).header(header::ETAG, tag)
}

fn read(request: &ApiRequest) -> Query {
    Query {
        wait: Duration::from_secs(request.parsed_query("long-polling").unwrap_or(0).min(LONGEST)),
        limit: request.parsed_query("limit").unwrap_or(DEFAULT_LIMIT),
        first: request.parsed_query("first-element"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(limit: u64, first: Option<u64>) -> Query {
        Query { wait: Duration::ZERO, limit, first }
    }

    #[test]
    fn without_a_first_element_the_newest_are_meant() {
        assert_eq!(query(30, None).slice(100), Slice { first: 71, last: 100 });
        assert_eq!(query(30, None).slice(7), Slice { first: 1, last: 7 });
        assert!(query(30, None).slice(0).is_empty());
    }

    #[test]
    fn a_full_page_stays_what_it_is_whatever_comes_after_it() {
        let page = query(10, Some(21));
        assert_eq!(page.slice(30), page.slice(31));
        assert_ne!(page.slice(28), page.slice(29));
        assert!(page.slice(20).is_empty());
    }
}
