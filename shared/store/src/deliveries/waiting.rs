//! Deliveries that are due without a message, and slots whose backlog nobody works on: for the
//! sweeper.

use std::collections::HashMap;

use domain::{
    identity::Tenant,
    webhook::{Attempt, Delivery, DeliveryState, EndpointId, MessageId},
};
use serde::Deserialize;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::{Duration, OffsetDateTime};

use super::{
    DynamoBacklog, EndpointSlot, StoredDelivery,
    due::{self, DueEntry, Entry},
};
use crate::{
    conditions::{Condition, Millis},
    connection::{Item, Table, Updated},
    due::{DuePosition, partition_of},
    error::StoreError,
    expression::{Write, number},
    keys,
    records::{WAITING, from_millis, to_millis},
};

/// How long a slot is left alone once a delivery of its backlog was dispatched, and how long a
/// mark stays after the backlog was found empty: the index may be behind the table.
const SLOT_PERIOD: Duration = Duration::seconds(60);
/// The longest time between two messages for one attempt.
const LONGEST_PERIOD: Duration = Duration::hours(1);

/// A delivery whose attempt is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Whose endpoint it is.
    pub tenant: Tenant,
    /// Follows the request that placed the order.
    pub correlation_id: String,
    due_at: i64,
    next_at: OffsetDateTime,
}

/// A slot that nobody holds and for which deliveries may wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSlot {
    slot: EndpointSlot,
    due_at: i64,
    marked_at: i64,
}

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DueItem {
    /// An attempt of a delivery.
    Delivery(WaitingDelivery),
    /// The next delivery of a backlog.
    Slot(DueSlot),
}

/// Finds what is due without a message.
#[derive(Debug, Clone)]
pub struct DynamoWaitingDeliveries {
    table: Table,
    backlog: DynamoBacklog,
}

/// The attributes that the sweeper needs: not the body, which may be large.
const ATTRIBUTES: [&str; 14] = [
    "pk",
    "sk",
    "tenant",
    "endpoint",
    "message",
    "state",
    "at",
    "round",
    "number",
    "correlationId",
    "dueAt",
    "leaseUntil",
    "markedAt",
    "waiting",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WaitingRecord {
    tenant: Tenant,
    endpoint: EndpointId,
    message: MessageId,
    state: String,
    at: i64,
    round: u32,
    number: u8,
    correlation_id: String,
    #[serde(default)]
    due_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SlotRecord {
    #[serde(default)]
    lease_until: Option<i64>,
    #[serde(default)]
    marked_at: Option<i64>,
    #[serde(default)]
    due_at: Option<i64>,
}

impl DynamoWaitingDeliveries {
    /// In this table.
    pub fn new(table: Table) -> Self {
        Self { backlog: DynamoBacklog::new(table.clone()), table }
    }

    /// What is due in a shard, the longest due first: at most `most` entries, from `start` on,
    /// and the position to continue from.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn due(
        &self,
        shard: u8,
        now: OffsetDateTime,
        most: usize,
        start: Option<DuePosition>,
    ) -> Result<(Vec<DueEntry>, Option<DuePosition>), StoreError> {
        let partition = keys::due_delivery(shard);
        due::page(&self.table, &partition, to_millis(now), most, start).await
    }

    /// The items of some entries, at most 100, as far as they are due: the index is behind the
    /// table. An item that cannot be read is an error of its own.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn read(
        &self,
        entries: &[DueEntry],
        now: OffsetDateTime,
    ) -> Result<Vec<Result<DueItem, StoreError>>, StoreError> {
        let mut items = self.items(entries).await?;
        Ok(entries
            .iter()
            .filter_map(|entry| due_item(entry, items.remove(&entry.key.pk)?, now).transpose())
            .collect())
    }

    async fn items(&self, entries: &[DueEntry]) -> Result<HashMap<String, Item>, StoreError> {
        let keys: Vec<Item> = entries.iter().map(|entry| entry.key.attributes()).collect();
        let items = self.table.due_items(&keys, &ATTRIBUTES).await?;
        Ok(items
            .into_iter()
            .filter_map(|item| Some((partition_of(&item)?.clone(), item)))
            .collect())
    }

    /// Looks for a delivery later, once its message was sent: after `watchdog`, or after as long
    /// as it has waited already, so that a queue which nobody reads does not fill with copies.
    /// False: it changed meanwhile.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn reschedule(
        &self,
        delivery: &WaitingDelivery,
        watchdog: Duration,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let until = now + (now - delivery.next_at).min(LONGEST_PERIOD).max(watchdog);
        let key = keys::delivery(&delivery.delivery.endpoint, &delivery.delivery.message);
        let write =
            Write::update(key, Condition::WaitsAndDueAsRead { due: Millis(delivery.due_at) })
                .set("dueAt", number(to_millis(until)));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// Takes the next delivery out of the backlog of a slot, to be dispatched; it is looked for
    /// at `due` if its message is lost. None: nothing is due; the slot is looked at again when
    /// something is, and no more once its backlog is empty.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn next_of(
        &self,
        slot: &DueSlot,
        now: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<Option<StoredDelivery>, StoreError> {
        let endpoint = &slot.slot.endpoint;
        // First, and under a condition: of two sweeps at once, one dispatches.
        if !self.look_again(slot, now + SLOT_PERIOD).await? {
            return Ok(None);
        }
        let taken = self.backlog.take(endpoint, |_| false, None, now, due).await?;
        if taken.is_some() {
            return Ok(taken);
        }
        let slot = DueSlot { due_at: to_millis(now + SLOT_PERIOD), ..slot.clone() };
        let backlog = keys::backlog(endpoint);
        let (next, _) = due::page(&self.table, &backlog, i64::MAX, 1, None).await?;
        match next.first() {
            Some(next) => {
                self.look_again(&slot, from_millis(next.due_at)?).await?;
            }
            None if slot.marked_at < to_millis(now - SLOT_PERIOD) => self.unmark(&slot).await?,
            None => {}
        }
        Ok(None)
    }

    async fn look_again(&self, slot: &DueSlot, at: OffsetDateTime) -> Result<bool, StoreError> {
        let write =
            Write::update(slot.slot.key(), Condition::DueAsRead { due: Millis(slot.due_at) })
                .set("dueAt", number(to_millis(at)));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    async fn unmark(&self, slot: &DueSlot) -> Result<(), StoreError> {
        let condition = Condition::MarkedAsRead { marked: Millis(slot.marked_at) };
        let write = Write::update(slot.slot.key(), condition)
            .remove("waiting")
            .remove("markedAt")
            .remove("dueShard");
        self.table.update(write).await.map(drop)
    }
}

/// The item of an entry; none when it is not due any more.
fn due_item(
    entry: &DueEntry,
    item: Item,
    now: OffsetDateTime,
) -> Result<Option<DueItem>, StoreError> {
    let now = to_millis(now);
    let is_due = |due: &i64| *due <= now;
    match &entry.item {
        Entry::Slot(slot) => {
            let record: SlotRecord = from_item(item)?;
            let is_held = record.lease_until.is_some_and(|until| until >= now);
            let due_at = record.due_at.filter(is_due).filter(|_| !is_held);
            Ok(due_at.zip(record.marked_at).map(|(due_at, marked_at)| {
                DueItem::Slot(DueSlot { slot: slot.clone(), due_at, marked_at })
            }))
        }
        Entry::Delivery(_) => {
            let record: WaitingRecord = from_item(item)?;
            let Some(due_at) = record.due_at.filter(is_due) else { return Ok(None) };
            if record.state != WAITING {
                return Ok(None);
            }
            let next_at = from_millis(record.at)?;
            Ok(Some(DueItem::Delivery(WaitingDelivery {
                delivery: Delivery {
                    message: record.message,
                    endpoint: record.endpoint,
                    attempt: Attempt { round: record.round, number: record.number },
                    state: DeliveryState::Waiting { next_at },
                },
                tenant: record.tenant,
                correlation_id: record.correlation_id,
                due_at,
                next_at,
            })))
        }
    }
}
