//! The backlog of a receiver: its waiting deliveries that have no message in the queue, in the
//! order in which they became due.
//!
//! It is a partition of the index of due items, so a delivery is in it by an attribute of its
//! own.

use domain::webhook::{Attempt, EndpointId, MessageId};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::OffsetDateTime;

use super::{
    StoredDelivery, due, due_partition,
    slots::{EndpointSlot, marked},
};
use crate::{
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::{DeliveryRecord, to_millis},
    transaction::{self, Outcome},
};

/// Deliveries of a backlog that are looked at to find the next.
const LOOKED_AT: usize = 20;

/// What came of adding a delivery to a backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// It is in the backlog, and the slot is marked.
    Done,
    /// It does not wait for this attempt (any more).
    NotAwaited,
    /// Nobody holds the slot any more, and nothing was changed.
    Released,
}

/// Adds deliveries to the backlogs of their receivers, and takes them out.
#[derive(Debug, Clone)]
pub struct DynamoBacklog {
    table: Table,
}

impl DynamoBacklog {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Adds a delivery to the backlog of its receiver, behind all that became due before it, or
    /// at `not_before`, and marks the slot that it waits for, in one transaction. Adding it twice
    /// changes nothing but the mark.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn join(
        &self,
        (endpoint, message): (&EndpointId, &MessageId),
        Attempt { round, number: attempt }: Attempt,
        not_before: Option<OffsetDateTime>,
        slot: &EndpointSlot,
        now: OffsetDateTime,
    ) -> Result<Joined, StoreError> {
        let condition = Condition::AwaitsAttempt { round, number: attempt };
        let write = Write::update(keys::delivery(endpoint, message), condition)
            .set("dueShard", text(keys::backlog(endpoint)));
        let write = match not_before {
            Some(at) => write.set("dueAt", number(to_millis(at))),
            // `at` is the time at which the attempt became due.
            None => write.copy("dueAt", "at"),
        };
        let mark = marked(slot, Condition::SlotHeld { now }, message, now);
        Ok(match transaction::run(&self.table, vec![write, mark]).await? {
            Outcome::Done => Joined::Done,
            Outcome::Refused(reasons) if reasons.first().is_some_and(Option::is_some) => {
                Joined::NotAwaited
            }
            Outcome::Refused(_) => Joined::Released,
        })
    }

    /// Takes the next delivery that is due out of a backlog: the first that `prefers` names, else
    /// the first. `known` is one that is in it for certain: the index is behind the table. It is
    /// looked for at `due` if its message is lost. None: nothing in the backlog is due.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn take(
        &self,
        endpoint: &EndpointId,
        prefers: impl Fn(&MessageId) -> bool,
        known: Option<&MessageId>,
        now: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<Option<StoredDelivery>, StoreError> {
        let backlog = keys::backlog(endpoint);
        let (found, _) = due::page(&self.table, &backlog, to_millis(now), LOOKED_AT, None).await?;
        let found: Vec<MessageId> = found.iter().filter_map(|entry| entry.message()).collect();
        let (first, last): (Vec<_>, Vec<_>) = found.into_iter().partition(|m| prefers(m));
        for message in first.iter().chain(&last).chain(known) {
            if let Some(taken) = self.take_one(endpoint, message, now, due).await? {
                return Ok(Some(taken));
            }
        }
        Ok(None)
    }

    async fn take_one(
        &self,
        endpoint: &EndpointId,
        message: &MessageId,
        now: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<Option<StoredDelivery>, StoreError> {
        let backlog = keys::backlog(endpoint);
        let condition = Condition::InBacklog { backlog: &backlog, now };
        let write = Write::update(keys::delivery(endpoint, message), condition)
            .set("dueShard", text(due_partition(endpoint, message)))
            .set("dueAt", number(to_millis(due)));
        let Updated::Applied(item) = self.table.update(write).await? else { return Ok(None) };
        let read = from_item::<DeliveryRecord>(item).map_err(StoreError::from);
        match read.and_then(StoredDelivery::try_from) {
            Ok(taken) => Ok(Some(taken)),
            // One delivery that cannot be read must not stop those behind it.
            Err(error) => {
                let (message_id, endpoint_id) = (message.as_str(), endpoint.as_str());
                tracing::error!(message_id, endpoint_id, %error, "delivery not readable");
                Ok(None)
            }
        }
    }
}
