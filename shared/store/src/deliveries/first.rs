//! First attempts at receivers that are well.
//!
//! Such a delivery is not stored before: its message says what it is, and the queue keeps the
//! message until it was handled. The item is put when the attempt begins, with a lease that keeps
//! a second message for the same attempt away, and updated once, with the result. It is in no
//! index of due items unless the attempt fails.
//!
//! The messages about one order follow each other without a slot, too: a first attempt begins only
//! when the delivery before it is *settled*, which is written with the result of a first attempt
//! that succeeded after a settled one. Whatever else happens to an order's deliveries (a failure, a
//! replay, a receiver that is slow) leaves them unsettled, and those after it hold slots.

use std::collections::HashMap;

use domain::{
    identity::Tenant,
    webhook::{Delivery, DeliveryState, Endpoint, EndpointId, LoggedAttempt, MessageId},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::OffsetDateTime;

use super::{DynamoSending, NextAttempt, StoredDelivery, plan};
use crate::{
    conditions::Condition,
    connection::{Item, Updated},
    error::StoreError,
    expression::Write,
    keys,
    records::{DeliveryRecord, EndpointRecord, WAITING, to_millis},
};

/// The delivery that goes before a first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predecessor {
    /// None, or it and all before it have arrived.
    Settled,
    /// Not attempted yet, or its first attempt is in flight.
    Pending,
    /// Anything else.
    Unsettled,
}

/// What came of beginning a first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// The attempt is the caller's.
    Mine,
    /// Another message's attempt is in flight.
    Held,
    /// The delivery has ended.
    Ended,
    /// The delivery waits, and is no first attempt any more.
    Waits,
}

impl DynamoSending {
    /// An endpoint by its index, and the delivery that goes before, in one call. Without an
    /// endpoint: another one has the index by now.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn before_first(
        &self,
        tenant: &Tenant,
        (id, index): (&EndpointId, u8),
        before: Option<&MessageId>,
    ) -> Result<(Option<Endpoint>, Predecessor), StoreError> {
        let endpoint = keys::endpoint(tenant, index);
        let before = before.map(|message| keys::delivery(id, message));
        let wanted = [Some(endpoint.clone()), before.clone()].into_iter().flatten();
        let items = self.table.items(wanted, true).await?.into_iter();
        let by_key = items.filter_map(|item| Some((item.get("pk")?.as_s().ok()?.clone(), item)));
        let mut found: HashMap<String, Item> = by_key.collect();
        let endpoint = match found.remove(&endpoint.pk) {
            Some(item) => Some(Endpoint::try_from(from_item::<EndpointRecord>(item)?)?),
            None => None,
        };
        let predecessor = match before {
            Some(key) => predecessor(found.remove(&key.pk))?,
            None => Predecessor::Settled,
        };
        Ok((endpoint.filter(|endpoint| endpoint.id == *id), predecessor))
    }

    /// Begins the first attempt of a delivery. `owner` names this attempt and no other, and its
    /// lease ends at `until`.
    ///
    /// Dies after it: the message is received again, finds the delivery waiting, and goes on with
    /// a slot when the lease has ended.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn begin(
        &self,
        delivery: &StoredDelivery,
        owner: &str,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Begun, StoreError> {
        let record = DeliveryRecord::leased(delivery, owner, until);
        let write = Write::put(to_item(record)?, Condition::Absent);
        let Updated::Refused(found) = self.table.put_or_found(write).await? else {
            return Ok(Begun::Mine);
        };
        let found: DeliveryRecord = from_item(found)?;
        Ok(if found.state != WAITING {
            Begun::Ended
        } else if found.lease_owner.as_deref() == Some(owner) {
            // Our own put, whose response was lost.
            Begun::Mine
        } else if found.lease_until.is_some_and(|until| until >= to_millis(now)) {
            Begun::Held
        } else {
            Begun::Waits
        })
    }

    /// Stores the result of a first attempt: as [`DynamoSending::finish`], and settles a delivery
    /// that has arrived.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn finish_first(
        &self,
        read: &StoredDelivery,
        after: &Delivery,
        attempt: &LoggedAttempt,
        next: Option<NextAttempt<'_>>,
    ) -> Result<bool, StoreError> {
        let is_settled = matches!(after.state, DeliveryState::Delivered { .. });
        self.store_result(read, after, Some(attempt), next, is_settled).await
    }

    /// Stores a delivery whose message was to make the first attempt, but cannot: it waits from
    /// here on like any other. One that is stored already is left as it is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn plan(
        &self,
        delivery: &StoredDelivery,
        due: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.table.put(plan(delivery, due)?).await.map(drop)
    }
}

fn predecessor(item: Option<Item>) -> Result<Predecessor, StoreError> {
    let Some(item) = item else { return Ok(Predecessor::Pending) };
    let found: DeliveryRecord = from_item(item)?;
    Ok(if found.settled {
        Predecessor::Settled
    } else if found.state == WAITING && found.attempts.is_empty() {
        Predecessor::Pending
    } else {
        Predecessor::Unsettled
    })
}
