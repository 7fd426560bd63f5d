//! Deliveries: messages to endpoints and to parties, one adapter for each function that reads or
//! writes them.

mod backlog;
mod due;
mod first;
mod push_targets;
mod sending;
mod slots;
mod waiting;

use domain::{
    carrier::{OrderStatus, Push},
    idempotency::IdempotencyGuard,
    identity::Tenant,
    order::OrderKind,
    webhook::{
        Delivery, DeliveryState, Disabled, Endpoint, EndpointId, EventType, LoggedAttempt,
        MessageId, OrderingKey, Payload, UnknownState,
    },
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::OffsetDateTime;

use crate::{
    conditions::Condition,
    connection::{Table, Updated},
    error::{GuardedError, StoreError},
    expression::{Write, number, text},
    keys,
    records::{DeliveryRecord, state_words, to_millis},
    transaction::{Guarded, Outcome},
};

pub use backlog::{DynamoBacklog, Joined};
pub use due::DueEntry;
pub use first::{Begun, Predecessor};
pub use push_targets::{DynamoPushTargets, PushTarget};
pub use sending::DynamoSending;
pub use slots::{Acquired, EndpointSlot, HeldSlots};
pub use waiting::{DueItem, DueSlot, DynamoWaitingDeliveries, WaitingDelivery};

/// A delivery, what it carries, and how it has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Message, endpoint, attempt and state.
    pub delivery: Delivery,
    /// Whose endpoint it is.
    pub tenant: Tenant,
    /// What it is about.
    pub event: EventType,
    /// The messages it is ordered with; none when it is independent of all others.
    pub ordering_key: Option<OrderingKey>,
    /// The body, sent as it is.
    pub body: String,
    /// Where it goes, when it is no client's endpoint but a party's own API.
    pub push: Option<Push>,
    /// The attempts so far, oldest first; at most 20.
    pub attempts: Vec<LoggedAttempt>,
    /// When it was planned.
    pub created_at: OffsetDateTime,
    /// Follows the request that placed the order.
    pub correlation_id: String,
    /// Rises by one on each write.
    pub revision: u64,
    /// Until when its first attempt may be in flight.
    pub leased_until: Option<OffsetDateTime>,
}

impl StoredDelivery {
    /// A new delivery of a payload to an endpoint, due at once.
    pub fn planned(
        endpoint: &Endpoint,
        payload: &Payload,
        ordering_key: Option<OrderingKey>,
        correlation_id: &str,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            delivery: Delivery::planned(payload.id().clone(), endpoint.id.clone(), now),
            tenant: endpoint.tenant.clone(),
            event: payload.event(),
            ordering_key,
            body: payload.to_body(),
            push: None,
            attempts: Vec::new(),
            created_at: now,
            correlation_id: correlation_id.to_owned(),
            revision: 1,
            leased_until: None,
        }
    }

    /// A new delivery of an event of an order in the envelope of a hub, due at once.
    pub fn of_hub(
        (tenant, endpoint): (&Tenant, &EndpointId),
        (message, event, body): (MessageId, EventType, String),
        ordering_key: Option<OrderingKey>,
        correlation_id: &str,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            delivery: Delivery::planned(message, endpoint.clone(), now),
            tenant: tenant.clone(),
            event,
            ordering_key,
            body,
            push: None,
            attempts: Vec::new(),
            created_at: now,
            correlation_id: correlation_id.to_owned(),
            revision: 1,
            leased_until: None,
        }
    }

    /// Whether its first attempt may be in flight, without a slot.
    pub fn is_leased(&self, now: OffsetDateTime) -> bool {
        self.leased_until.is_some_and(|until| until >= now)
    }

    /// A new call at a party's API, due at once, about an order that is in `status`.
    ///
    /// # Errors
    /// Carrier orders have no such state.
    pub fn pushed(
        push: Push,
        (message, body): (MessageId, String),
        status: OrderStatus,
        ordering_key: Option<OrderingKey>,
        correlation_id: &str,
        now: OffsetDateTime,
    ) -> Result<Self, UnknownState> {
        Ok(Self {
            delivery: Delivery::planned(message, push.endpoint(), now),
            tenant: PARTIES.parse().expect("a legal name"),
            event: EventType::of_state(OrderKind::Carrier, status.as_str())?,
            ordering_key,
            body,
            push: Some(push),
            attempts: Vec::new(),
            created_at: now,
            correlation_id: correlation_id.to_owned(),
            revision: 1,
            leased_until: None,
        })
    }
}

/// The tenant of messages to parties, whose APIs belong to no tenant.
const PARTIES: &str = "parties";

/// The write that plans a delivery; the same however often it is made.
pub(crate) fn plan(delivery: &StoredDelivery, due: OffsetDateTime) -> Result<Write, StoreError> {
    Ok(Write::put(to_item(DeliveryRecord::new(delivery, due))?, Condition::Absent))
}

/// The messages to a tenant's other endpoints about one that has been disabled.
pub(crate) fn of_disabled(
    gone: &Endpoint,
    disabled: Disabled,
    all: &[(u8, Endpoint)],
    now: OffsetDateTime,
) -> Vec<StoredDelivery> {
    let payload = Payload::disabled(&gone.id, disabled.why, disabled.at);
    all.iter()
        .map(|(_, endpoint)| endpoint)
        .filter(|endpoint| endpoint.id != gone.id && endpoint.wants(payload.event()))
        .map(|endpoint| {
            StoredDelivery::planned(endpoint, &payload, None, payload.id().as_str(), now)
        })
        .collect()
}

/// Plans deliveries, lists and replays them: for the fan-out and for the owners of endpoints.
#[derive(Debug, Clone)]
pub struct DynamoDeliveries {
    table: Table,
}

impl DynamoDeliveries {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Plans a delivery, to be dispatched at `due` if its message is lost. False: it had been planned
    /// before, and is left as it is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn plan(
        &self,
        delivery: &StoredDelivery,
        due: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.table.put(plan(delivery, due)?).await
    }

    /// Plans the delivery of a message whose id has not been used before, for a request that may
    /// have an idempotency key.
    ///
    /// # Errors
    /// The key has been used, and nothing is planned; or the database cannot be reached.
    pub async fn plan_guarded(
        &self,
        delivery: &StoredDelivery,
        due: OffsetDateTime,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<(), GuardedError> {
        let writes = vec![plan(delivery, due)?];
        let guarded = Guarded { guard, writes, now: delivery.created_at };
        guarded.run(&self.table).await.map(drop)
    }

    /// A delivery to an endpoint. None: there is none, or it was too long ago.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(
        &self,
        endpoint: &EndpointId,
        message: &MessageId,
    ) -> Result<Option<StoredDelivery>, StoreError> {
        read(&self.table, endpoint, message).await
    }

    /// The deliveries to an endpoint, the newest first, from the position `after` on, and the
    /// position to continue from if there are more.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(
        &self,
        endpoint: &EndpointId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<(Vec<StoredDelivery>, Option<String>), StoreError> {
        let owner = keys::deliveries_of(endpoint);
        let start = after.and_then(|position| {
            let message = position.split_once('#')?.1.parse().ok()?;
            let mut start = keys::delivery(endpoint, &message).attributes();
            start.insert("ownerKey".to_owned(), text(&owner));
            start.insert("ownerSort".to_owned(), text(position));
            Some(start)
        });
        let (keys, more) = self.table.query_owner(&owner, limit, start).await?;
        let mut found = Vec::with_capacity(keys.len());
        for key in &keys {
            if let Some(record) = self.table.get_consistent::<DeliveryRecord>(key).await? {
                found.push(StoredDelivery::try_from(record)?);
            }
        }
        Ok((found, more))
    }

    /// Starts a delivery's schedule again for a request that may have an idempotency key. False:
    /// it changed at the same time.
    ///
    /// # Errors
    /// The key has been used, and nothing is changed; or the database cannot be reached.
    pub async fn replay_guarded(
        &self,
        read: &StoredDelivery,
        replayed: &Delivery,
        due: OffsetDateTime,
        guard: Option<&IdempotencyGuard>,
        now: OffsetDateTime,
    ) -> Result<bool, GuardedError> {
        if guard.is_none() {
            return Ok(self.replay(read, replayed, due).await?);
        }
        let writes = vec![restart(read, replayed, due)];
        let outcome = Guarded { guard, writes, now }.run(&self.table).await?;
        Ok(matches!(outcome, Outcome::Done))
    }

    /// Starts a delivery's schedule again. False: it changed at the same time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn replay(
        &self,
        read: &StoredDelivery,
        replayed: &Delivery,
        due: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        match self.table.update(restart(read, replayed, due)).await? {
            Updated::Applied(_) => Ok(true),
            Updated::Refused(found) if found.is_empty() => Ok(false),
            Updated::Refused(found) => {
                // Our own update, whose response was lost: it is the only one that leads from
                // the revision that was read to this round at this time.
                let found: DeliveryRecord = from_item(found)?;
                let (revision, found) = (found.revision, StoredDelivery::try_from(found)?);
                Ok(revision == read.revision + 1 && same_time(&found.delivery, replayed))
            }
        }
    }
}

/// The write that starts a delivery's schedule again, if it is as it was read.
fn restart(read: &StoredDelivery, replayed: &Delivery, due: OffsetDateTime) -> Write {
    let key = keys::delivery(&replayed.endpoint, &replayed.message);
    let write = Write::update(key, Condition::AsRead { revision: read.revision }).next_revision();
    // The result of the attempt that may be in flight is of no use, and what comes after it must
    // not pass it.
    let write = write.remove("settled");
    moved_on(write, replayed, Some(NextAttempt::Due(due)))
}

/// Whether two states of a delivery are the same as the table stores them, in milliseconds.
fn same_time(one: &Delivery, other: &Delivery) -> bool {
    one.attempt == other.attempt && state_words(&one.state) == state_words(&other.state)
}

async fn read(
    table: &Table,
    endpoint: &EndpointId,
    message: &MessageId,
) -> Result<Option<StoredDelivery>, StoreError> {
    let record: Option<DeliveryRecord> =
        table.get_consistent(&keys::delivery(endpoint, message)).await?;
    record.map(StoredDelivery::try_from).transpose()
}

/// Where the next attempt is found if no message brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextAttempt<'a> {
    /// By the sweeper, once this time has passed.
    Due(OffsetDateTime),
    /// In the backlog of its receiver, from this time on.
    Backlog {
        /// The time.
        from: OffsetDateTime,
        /// What the last attempt held, and the next one waits for.
        held: &'a HeldSlots,
    },
}

/// The state of a delivery. In the index of due items only while it is waiting.
fn moved_on(write: Write, to: &Delivery, next: Option<NextAttempt<'_>>) -> Write {
    let (state, at) = state_words(&to.state);
    let write = write
        .set("state", text(state))
        .set("at", number(at))
        .set("round", number(to.attempt.round))
        .set("number", number(to.attempt.number));
    let (partition, due) = match (to.state, next) {
        (DeliveryState::Waiting { .. }, Some(NextAttempt::Due(due))) => {
            (due_partition(&to.endpoint, &to.message), due)
        }
        (DeliveryState::Waiting { .. }, Some(NextAttempt::Backlog { from: due, .. })) => {
            (keys::backlog(&to.endpoint), due)
        }
        _ => return write.remove("dueShard").remove("dueAt"),
    };
    write.set("dueShard", text(partition)).set("dueAt", number(to_millis(due)))
}

/// The partition of the due index in which the sweeper finds a delivery.
pub(crate) fn due_partition(endpoint: &EndpointId, message: &MessageId) -> String {
    keys::due_delivery(keys::due_shard(&keys::delivery(endpoint, message).pk))
}
