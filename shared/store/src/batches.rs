//! Batches: one item for the batch and one for each request, so that the write cost of a status
//! change is that of one request.

use domain::{
    batch::{Batch, BatchId, BatchRequest, BatchStatus, MAX_REQUESTS, RequestStatus},
    idempotency::IdempotencyGuard,
    identity::Tenant,
    provisioning::OrderNumber,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::OffsetDateTime;

use crate::{
    FeedEvent,
    conditions::{Condition, Millis},
    connection::{Item, Table, Updated},
    due::DuePosition,
    error::{GuardedError, StoreError},
    expression::{Write, number, text},
    feeds, keys,
    records::{BatchRecord, BatchRequestRecord, to_millis},
    transaction::{self, Guarded, Outcome},
};

/// Reads and stores batches, for the API.
#[derive(Debug, Clone)]
pub struct DynamoBatches {
    table: Table,
}

impl DynamoBatches {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// A batch with all its requests; none when it does not exist or has expired.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn get(&self, id: BatchId, now: OffsetDateTime) -> Result<Option<Batch>, StoreError> {
        read(&self.table, id, now).await
    }

    /// Stores a batch with `due` as the time of its watchdog. Idempotent: an item that exists
    /// under the batch's unique id is the same.
    ///
    /// If the process dies between the writes, requests without a batch remain; they have no
    /// effect and expire.
    ///
    /// # Errors
    /// The key has been used, or the tenant has placed as many orders as it may, and the batch is
    /// not stored; or the database cannot be reached.
    pub async fn add(
        &self,
        batch: &Batch,
        due: OffsetDateTime,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<(), GuardedError> {
        let mut requests = Vec::with_capacity(batch.requests.len());
        for (index, request) in (0..).zip(&batch.requests) {
            let record = to_item(BatchRequestRecord::new(batch, index, request));
            let write = Write::put(record.map_err(StoreError::from)?, Condition::Absent);
            write.check_size()?;
            requests.push(write);
        }
        let approved = |request: &&BatchRequest| request.status == RequestStatus::Approved;
        let orders = batch.requests.iter().filter(approved).count();
        let orders = u32::try_from(orders).unwrap_or(u32::MAX);
        let permit = self.table.quota.take(batch.tenant.to_string(), orders, batch.created_at)?;
        // All are measured before the first is stored.
        for write in requests {
            self.table.put(write).await?;
        }
        let record = to_item(BatchRecord::new(batch, due)).map_err(StoreError::from)?;
        let mut writes = vec![Write::put(record, Condition::Absent)];
        writes.extend(permit.write());
        match (Guarded { guard, writes, now: batch.created_at }).run(&self.table).await? {
            Outcome::Done => {
                permit.used();
                Ok(())
            }
            Outcome::Refused(reasons) => match reasons.first() {
                Some(None) => Err(permit.refused().into()),
                _ => Err(StoreError::Corrupt(format!("batch {}", batch.id)).into()),
            },
        }
    }
}

/// Advances batches, for the worker.
#[derive(Debug, Clone)]
pub struct DynamoBatchWork {
    table: Table,
}

impl DynamoBatchWork {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// A batch with all its requests; none when it does not exist or has expired.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn get(&self, id: BatchId, now: OffsetDateTime) -> Result<Option<Batch>, StoreError> {
        read(&self.table, id, now).await
    }

    /// Marks a batch as processing. Returns `false` if it was marked before.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn begin(&self, id: BatchId) -> Result<bool, StoreError> {
        let read = Condition::BatchAsRead { status: BatchStatus::Initialised.as_str() };
        let write = Write::update(keys::batch(id), read)
            .set("status", text(BatchStatus::Processing.as_str()));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// Changes the status of a request. Returns `false` if it is no longer `from`, the status that
    /// was read.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn settle(
        &self,
        id: BatchId,
        index: u8,
        from: RequestStatus,
        to: RequestStatus,
        info: Option<&str>,
        order: Option<OrderNumber>,
    ) -> Result<bool, StoreError> {
        let read = Condition::BatchAsRead { status: from.as_str() };
        let mut write =
            Write::update(keys::batch_request(id, index), read).set("status", text(to.as_str()));
        if let Some(info) = info {
            write = write.set("info", text(info));
        }
        if let Some(order) = order {
            write = write.set("order", number(order.get()));
        }
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// Ends a batch and appends its event in one transaction, if its feed is read. Returns `false`
    /// if it had ended.
    ///
    /// # Errors
    /// The database cannot be reached, or too many concurrent writers append to the feed.
    pub async fn end(
        &self,
        id: BatchId,
        status: BatchStatus,
        event: &FeedEvent,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let read = Condition::BatchAsRead { status: BatchStatus::Processing.as_str() };
        let end = || {
            Write::update(keys::batch(id), read)
                .set("status", text(status.as_str()))
                .remove("dueShard")
                .remove("dueAt")
        };
        let (tenant, feed) = (&event.tenant, event.feed);
        for _ in 0..feeds::ATTEMPTS {
            let mut writes = vec![end()];
            if feeds::is_used(&self.table, tenant, feed, now).await? {
                writes.extend(feeds::appending(&self.table, std::iter::once(event), now).await?);
            } else {
                writes.push(feeds::unused(tenant, feed, now));
            }
            match transaction::run(&self.table, writes).await? {
                Outcome::Done => return Ok(true),
                Outcome::Refused(reasons) if reasons.first().is_some_and(Option::is_some) => {
                    return Ok(false);
                }
                Outcome::Refused(_) => feeds::wait().await,
            }
        }
        Err(StoreError::Throttled("the end of a feed".to_owned()))
    }
}

/// A batch whose processing is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueBatch {
    /// The id.
    pub id: BatchId,
    /// The tenant that owns it.
    pub tenant: Tenant,
    /// Correlation id of the request that created it.
    pub correlation_id: String,
    due_at: i64,
}

/// Batches of a shard.
#[derive(Debug, Default)]
pub struct DueBatches {
    /// The batches, the earliest due time first.
    pub batches: Vec<OverdueBatch>,
    /// How many more are due and cannot be read.
    pub unreadable: usize,
    /// Where to continue, when there may be more.
    pub next: Option<DuePosition>,
}

/// Finds batches whose processing is overdue.
#[derive(Debug, Clone)]
pub struct DynamoOverdueBatches {
    table: Table,
}

impl DynamoOverdueBatches {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// At most `most` due batches of a shard, the earliest due time first, from a position on. One
    /// that cannot be read stops none behind it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn due(
        &self,
        shard: u8,
        now: OffsetDateTime,
        most: usize,
        start: Option<DuePosition>,
    ) -> Result<DueBatches, StoreError> {
        let partition = keys::due_batch(shard);
        let (entries, next) =
            self.table.due_entries(&partition, to_millis(now), most, start).await?;
        let mut due = DueBatches { next, ..DueBatches::default() };
        for item in self.table.due_items(&entries, &BatchRecord::ATTRIBUTES).await? {
            match overdue(item, now) {
                Ok(batch) => due.batches.extend(batch),
                Err(error) => {
                    tracing::error!(%error, "due batch not readable");
                    due.unreadable += 1;
                }
            }
        }
        due.batches.sort_by_key(|batch| batch.due_at);
        Ok(due)
    }

    /// Reschedules a batch. Returns `false` if it ended or was rescheduled concurrently.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn reschedule(
        &self,
        batch: &OverdueBatch,
        until: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let write = Write::update(
            keys::batch(batch.id),
            Condition::DueAsRead { due: Millis(batch.due_at) },
        )
        .set("dueAt", number(to_millis(until)));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }
}

/// The batch of an item; none when it is not due any more, or has expired: the index is behind the
/// table, and TTL behind both.
fn overdue(item: Item, now: OffsetDateTime) -> Result<Option<OverdueBatch>, StoreError> {
    let record: BatchRecord = from_item(item)?;
    let due_at = record.due_at.filter(|due| *due <= to_millis(now) && !record.has_expired(now));
    let BatchRecord { id, tenant, correlation_id, .. } = record;
    Ok(due_at.map(|due_at| OverdueBatch { id, tenant, correlation_id, due_at }))
}

async fn read(
    table: &Table,
    id: BatchId,
    now: OffsetDateTime,
) -> Result<Option<Batch>, StoreError> {
    let record = table.get_consistent::<BatchRecord>(&keys::batch(id)).await?;
    // TTL deletes the items of a batch one by one, and late.
    let Some(record) = record.filter(|record| !record.has_expired(now)) else { return Ok(None) };
    let last = u8::try_from(MAX_REQUESTS).unwrap_or(u8::MAX);
    let (first, last) = (keys::batch_request(id, 0).sk, keys::batch_request(id, last).sk);
    let requests: Vec<BatchRequestRecord> =
        table.query_between(keys::batch(id).pk, (&first, &last), MAX_REQUESTS).await?;
    if requests.len() != record.size {
        return Err(StoreError::Corrupt(format!("batch {id} lacks requests")));
    }
    let tenant: Tenant = record.tenant.clone();
    let requests = requests.into_iter().map(Into::into).collect();
    record.into_batch(tenant, requests).map(Some)
}
