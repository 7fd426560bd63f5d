//! Feeds of events: per tenant and type one sequence of ascending numbers without a gap.
//!
//! The last number of a feed is one item. An event takes the next number in the transaction that
//! raises it, so no number is used twice and none is left out.

use domain::{feed::Feed, identity::Tenant};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::{Write, number},
    keys,
    records::{from_millis, to_millis},
};

/// How often a feed's end is looked for anew, because others moved it on.
pub(crate) const ATTEMPTS: u32 = 12;
/// The longest wait in between; each is drawn at random below it.
const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_millis(60);

/// Waits until the others may be done.
pub(crate) async fn wait() {
    tokio::time::sleep(LONGEST_WAIT.mul_f64(fastrand::f64())).await;
}

/// How long an event can be read.
const KEPT: Duration = Duration::days(30);

/// An event to be appended, without its number.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEvent {
    /// Whose feed.
    pub tenant: Tenant,
    /// Which of its feeds.
    pub feed: Feed,
    /// What it says, as JSON.
    pub body: Map<String, Value>,
}

/// How long a feed is filled after it was read.
const IN_USE: Duration = Duration::days(7);
/// How old the note of a reading may get before the next one renews it.
const RENEWED: Duration = Duration::days(1);

#[derive(Debug, Deserialize)]
struct HeadRecord {
    last: u64,
}

/// The note that a feed is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FeedUseRecord {
    /// Until then, in milliseconds since 1970, what happens is appended.
    pub(crate) read_until: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventRecord {
    pk: String,
    sk: String,
    number: u64,
    body: String,
    /// Seconds since 1970: the table's TTL attribute.
    expires_at: i64,
}

/// Notes which feeds are read: events are appended to these alone.
#[derive(Debug, Clone)]
pub struct DynamoFeedUse {
    table: Table,
}

impl DynamoFeedUse {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Begins a feed, or continues it, because it is read. Whatever happens after this has
    /// returned is appended. Returns until when it need not be called again.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn read(
        &self,
        tenant: &Tenant,
        feed: Feed,
        now: OffsetDateTime,
    ) -> Result<OffsetDateTime, StoreError> {
        let (key, until) = (keys::feed_use(tenant, feed), now + IN_USE);
        if let Some(FeedUseRecord { read_until }) = feed_use(&self.table, &key, false).await?
            && read_until > to_millis(until - RENEWED)
        {
            return Ok(from_millis(read_until)? - IN_USE + RENEWED);
        }
        let write = Write::update(key, Condition::FeedUnusedAt { at: until })
            .set("readUntil", number(to_millis(until)))
            .set("expiresAt", number(until.unix_timestamp()));
        // Refused: another caller has just done it, or the response to our own write was lost.
        self.table.update(write).await?;
        Ok(now + RENEWED)
    }
}

/// The note that a feed is read, and nothing else of its partition.
async fn feed_use(
    table: &Table,
    key: &keys::Key,
    consistent: bool,
) -> Result<Option<FeedUseRecord>, StoreError> {
    let call = table.client.get_item().table_name(&*table.name);
    let call = call.set_key(Some(key.attributes())).consistent_read(consistent);
    let item = call.projection_expression("pk, sk, readUntil").send().await?.item;
    Ok(item.map(from_item).transpose()?)
}

/// The check that a feed is not read, for the transaction that would append to it.
pub(crate) fn unused(tenant: &Tenant, feed: Feed, now: OffsetDateTime) -> Write {
    Write::check(keys::feed_use(tenant, feed), Condition::FeedUnusedAt { at: now })
}

/// Whether a feed is read.
pub(crate) async fn is_used(
    table: &Table,
    tenant: &Tenant,
    feed: Feed,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let found = feed_use(table, &keys::feed_use(tenant, feed), true).await?;
    Ok(found.is_some_and(|found| found.read_until >= to_millis(now)))
}

/// Reads feeds. Can do nothing else.
#[derive(Debug, Clone)]
pub struct DynamoFeeds {
    table: Table,
}

impl DynamoFeeds {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The number of the newest event, 0 when there is none. Eventually consistent: long
    /// polls read it again and again.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn last(&self, tenant: &Tenant, feed: Feed) -> Result<u64, StoreError> {
        let head: Option<HeadRecord> =
            self.table.get_eventual(&keys::feed_head(tenant, feed)).await?;
        Ok(head.map_or(0, |head| head.last))
    }

    /// Events from a number on, the oldest first, each with its number. Those older than 30 days
    /// are gone.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn events(
        &self,
        tenant: &Tenant,
        feed: Feed,
        first: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Map<String, Value>)>, StoreError> {
        let (from, to) = (
            keys::feed_event(tenant, feed, first).sk,
            keys::feed_event(tenant, feed, 9_999_999_999_999_999).sk,
        );
        let records: Vec<EventRecord> =
            self.table.query_between(keys::feed(tenant, feed), (&from, &to), limit).await?;
        records
            .into_iter()
            .map(|record| {
                let body = serde_json::from_str(&record.body)
                    .map_err(|error| StoreError::Corrupt(error.to_string()))?;
                Ok((record.number, body))
            })
            .collect()
    }
}

/// Where the feeds that some events go to end now, and the writes that append them.
pub(crate) async fn appending(
    table: &Table,
    events: impl Iterator<Item = &FeedEvent>,
    now: OffsetDateTime,
) -> Result<Vec<Write>, StoreError> {
    let mut ends: Vec<((&Tenant, Feed), Option<u64>, u64)> = Vec::new();
    let mut writes = Vec::new();
    for event in events {
        let of = (&event.tenant, event.feed);
        let index = match ends.iter().position(|(feed, ..)| *feed == of) {
            Some(index) => index,
            None => {
                let head: Option<HeadRecord> =
                    table.get_consistent(&keys::feed_head(of.0, of.1)).await?;
                let read = head.map(|head| head.last);
                ends.push((of, read, read.unwrap_or(0)));
                ends.len() - 1
            }
        };
        let last = &mut ends[index].2;
        *last += 1;
        writes.push(append(event, *last, now)?);
    }
    for ((tenant, feed), read, last) in ends {
        let key = keys::feed_head(tenant, feed);
        let write = match read {
            None => Write::update(key, Condition::Absent),
            Some(last) => Write::update(key, Condition::FeedEndsAsRead { last }),
        };
        writes.push(write.set("last", number(last)));
    }
    Ok(writes)
}

fn append(event: &FeedEvent, last: u64, now: OffsetDateTime) -> Result<Write, StoreError> {
    let key = keys::feed_event(&event.tenant, event.feed, last);
    let body = serde_json::to_string(&event.body)
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let expires_at = (now + KEPT).unix_timestamp();
    let record = EventRecord { pk: key.pk, sk: key.sk, number: last, body, expires_at };
    Ok(Write::put(to_item(record)?, Condition::Absent))
}
