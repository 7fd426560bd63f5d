//! Who is told of what happens to a tenant's orders: its endpoints, and its feeds that are read.
//!
//! Both are in one partition, so one query answers whether anything has to be published. A writer
//! that finds nobody marks its order as *quiet*: the order has no watchdog for what is not
//! published of it. The relay asks again for each status change, after it has happened: whoever
//! begins to listen between the writer's query and its write is found there, and the fan-out gives
//! the order its watchdog back.

use std::collections::BTreeSet;

use domain::{
    feed::Feed,
    identity::Tenant,
    order::OrderKind,
    provisioning::OrderStatus,
    webhook::{Endpoint, EndpointId, EventType, Patterns},
};
use serde::Deserialize;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::OffsetDateTime;

use crate::{
    connection::{Item, Table},
    error::StoreError,
    feeds::FeedUseRecord,
    keys,
    records::{EndpointRecord, to_millis},
};

/// What a query reads of an endpoint or a feed, unless its secrets are needed.
const ATTRIBUTES: [&str; 6] = ["pk", "sk", "id", "events", "disabledAt", "readUntil"];

/// An endpoint without its URL and secrets, and what it wants to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    /// The endpoint.
    pub id: EndpointId,
    /// Its index among those of its tenant.
    pub index: u8,
    /// The events that are delivered to it.
    pub events: Patterns,
}

/// Who is told of what happens to a tenant's orders. Disabled endpoints are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribers<E = Interest> {
    /// The endpoints, or what each of them wants to hear.
    pub endpoints: Vec<E>,
    /// The feeds that are read.
    pub feeds: BTreeSet<Feed>,
}

impl<E> Default for Subscribers<E> {
    fn default() -> Self {
        Self { endpoints: Vec::new(), feeds: BTreeSet::new() }
    }
}

impl Interest {
    /// Whether it is told that an order of this kind has come to another status. Which of the two
    /// APIs a service order belongs to is known to the fan-out.
    fn hears_of(&self, kind: OrderKind, event: Option<EventType>) -> bool {
        match self.events.hub() {
            Some(_) => kind == OrderKind::Service,
            None => event.is_some_and(|event| self.events.matches(event)),
        }
    }
}

impl<E> Subscribers<E> {
    /// Whether nobody is told of any order. The feed of batches is not about orders.
    pub fn is_empty(&self) -> bool {
        self.endpoints.is_empty() && self.feeds.iter().all(|feed| *feed == Feed::Batch)
    }
}

impl Subscribers {
    /// Those that may be told of an order of this kind: a hub is told of service orders only.
    #[must_use]
    pub fn of_kind(mut self, kind: OrderKind) -> Self {
        self.endpoints.retain(|to| to.events.hub().is_none() || kind == OrderKind::Service);
        self
    }

    /// Whether one of them is a subscription of a hub.
    pub fn have_hub(&self) -> bool {
        self.endpoints.iter().any(|to| to.events.hub().is_some())
    }

    /// Whether some of them are told that an order of this kind has come to this status.
    pub fn hear_of(&self, kind: OrderKind, status: &str) -> bool {
        // A status without an event is the fan-out's to report.
        let event = EventType::of_state(kind, status).ok();
        let is_wanted = |to: &Interest| to.hears_of(kind, event);
        let is_end = kind == OrderKind::Ecc && status != OrderStatus::Provisioning.as_str();
        let in_feed = |feed: &Feed| is_end && *feed != Feed::Batch;
        self.endpoints.iter().any(is_wanted) || self.feeds.iter().any(in_feed)
    }
}

/// An endpoint without its secrets.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InterestRecord {
    sk: String,
    id: EndpointId,
    events: Vec<String>,
    #[serde(default)]
    disabled_at: Option<i64>,
}

/// Finds the subscribers of tenants.
#[derive(Debug, Clone)]
pub struct DynamoSubscribers {
    table: Table,
}

impl DynamoSubscribers {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// A tenant's subscribers, by one consistent read that sees no secrets.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn of(
        &self,
        tenant: &Tenant,
        now: OffsetDateTime,
    ) -> Result<Subscribers, StoreError> {
        self.read(tenant, Some(&ATTRIBUTES), now, |item| {
            let InterestRecord { sk, id, events, disabled_at } = from_item(item)?;
            let corrupt = |what: &str| StoreError::Corrupt(format!("{what} of endpoint {sk}"));
            let events = Patterns::from_stored(events.iter().map(String::as_str));
            let events = events.map_err(|_| corrupt("events"))?;
            let index = keys::endpoint_index(&sk).ok_or_else(|| corrupt("index"))?;
            Ok(disabled_at.is_none().then_some(Interest { id, index, events }))
        })
        .await
    }

    /// The same with the endpoints themselves and their indexes, the oldest first.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn with_endpoints(
        &self,
        tenant: &Tenant,
        now: OffsetDateTime,
    ) -> Result<Subscribers<(u8, Endpoint)>, StoreError> {
        let mut found = self
            .read(tenant, None, now, |item| {
                let record: EndpointRecord = from_item(item)?;
                let index = record.index();
                let index =
                    index.ok_or_else(|| StoreError::Corrupt("index of an endpoint".to_owned()))?;
                let endpoint = Endpoint::try_from(record)?;
                Ok((!endpoint.health.is_disabled()).then_some((index, endpoint)))
            })
            .await?;
        // Ids are time-ordered.
        found.endpoints.sort_by(|(_, one), (_, other)| one.id.cmp(&other.id));
        Ok(found)
    }

    async fn read<E>(
        &self,
        tenant: &Tenant,
        attributes: Option<&[&str]>,
        now: OffsetDateTime,
        endpoint: impl Fn(Item) -> Result<Option<E>, StoreError>,
    ) -> Result<Subscribers<E>, StoreError> {
        let mut found = Subscribers::default();
        for item in self.table.query_attributes(&keys::endpoints(tenant), attributes).await? {
            match keys::feed_in_use(&item) {
                Some(feed) => {
                    let FeedUseRecord { read_until, .. } = from_item(item)?;
                    found.feeds.extend(feed.filter(|_| read_until >= to_millis(now)));
                }
                None => found.endpoints.extend(endpoint(item)?),
            }
        }
        Ok(found)
    }
}
