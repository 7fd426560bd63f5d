//! Deliveries: messages on their way to endpoints, one adapter for each who has to do with them.

mod waiting;

use domain::{
    carrier::{OrderStatus, Push},
    identity::Tenant,
    order::OrderKind,
    webhook::{
        Attempt, Delivery, DeliveryState, Disabled, Endpoint, EndpointId, EventType, Lane,
        LoggedAttempt, MessageId, Payload, UnknownState,
    },
};
use serde_dynamo::aws_sdk_dynamodb_1::{to_attribute_value, to_item};
use time::{Duration, OffsetDateTime};

use crate::{
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::{AttemptRecord, DeliveryRecord, logged, state_words, to_millis},
};

pub use waiting::{DynamoWaitingDeliveries, WaitingDelivery};

/// Attempts at one endpoint at a time.
const LANES: u8 = 8;

/// A delivery, what it carries, and how it has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Message, endpoint, attempt and state.
    pub delivery: Delivery,
    /// Whose endpoint it is.
    pub tenant: Tenant,
    /// What it is about.
    pub event: EventType,
    /// The messages it stands in line with; none when it stands alone.
    pub lane: Option<Lane>,
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
}

impl StoredDelivery {
    /// A new delivery of a payload to an endpoint, due at once.
    pub fn planned(
        endpoint: &Endpoint,
        payload: &Payload,
        lane: Option<Lane>,
        correlation_id: &str,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            delivery: Delivery::planned(payload.id().clone(), endpoint.id.clone(), now),
            tenant: endpoint.tenant.clone(),
            event: payload.event(),
            lane,
            body: payload.to_body(),
            push: None,
            attempts: Vec::new(),
            created_at: now,
            correlation_id: correlation_id.to_owned(),
            revision: 1,
        }
    }

    /// A new call at a party's API, due at once, about an order that is in `status`.
    ///
    /// # Errors
    /// Carrier orders have no such state.
    pub fn pushed(
        push: Push,
        (message, body): (MessageId, String),
        status: OrderStatus,
        lane: Option<Lane>,
        correlation_id: &str,
        now: OffsetDateTime,
    ) -> Result<Self, UnknownState> {
        Ok(Self {
            delivery: Delivery::planned(message, push.endpoint(), now),
            tenant: PARTIES.parse().expect("a legal name"),
            event: EventType::of_state(OrderKind::Carrier, status.as_str())?,
            lane,
            body,
            push: Some(push),
            attempts: Vec::new(),
            created_at: now,
            correlation_id: correlation_id.to_owned(),
            revision: 1,
        })
    }
}

/// Stands where a message names the tenant of an endpoint: parties' are nobody's.
const PARTIES: &str = "parties";

/// The write that plans a delivery; the same however often it is made.
pub(crate) fn plan(delivery: &StoredDelivery, due: OffsetDateTime) -> Result<Write, StoreError> {
    Ok(Write::put(to_item(DeliveryRecord::new(delivery, due))?, Condition::Absent))
}

/// The messages that tell a tenant's other endpoints of one that has been disabled.
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

/// Plans deliveries and looks at them: for the fan-out and for their owners.
#[derive(Debug, Clone)]
pub struct DynamoDeliveries {
    table: Table,
}

impl DynamoDeliveries {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Plans a delivery, to be looked for at `due` if nobody sends it. False: it had been planned
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

    /// The deliveries to an endpoint, the newest first, from the place on that `after` gives, and
    /// the place to go on from if there are more.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(
        &self,
        endpoint: &EndpointId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<(Vec<StoredDelivery>, Option<String>), StoreError> {
        let owner = keys::endpoint_log(endpoint);
        let start = after.and_then(|place| {
            let message = place.split_once('#')?.1.parse().ok()?;
            let mut start = keys::delivery(endpoint, &message).attributes();
            start.insert("ownerKey".to_owned(), text(&owner));
            start.insert("ownerSort".to_owned(), text(place));
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

    /// Begins a delivery's schedule anew. False: it moved on at the same moment.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn replay(
        &self,
        read: &StoredDelivery,
        replayed: &Delivery,
        due: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let key = keys::delivery(&replayed.endpoint, &replayed.message);
        let write =
            Write::update(key, Condition::AsRead { revision: read.revision }).next_revision();
        let updated = self.table.update(moved_on(write, replayed, Some(due))).await?;
        Ok(matches!(updated, Updated::Applied(_)))
    }
}

/// What is held while a message is on its way to an endpoint.
///
/// An endpoint has eight lanes. An order's messages share one, so that one of them is on its way
/// at a time; and an endpoint that hangs holds eight senders at the most. One that is known to
/// fail has a single lane: it waits for its receiver, and nobody waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLane {
    endpoint: EndpointId,
    number: u8,
}

impl DeliveryLane {
    /// The lane of a delivery to an endpoint that is failing, or is not.
    pub fn of(delivery: &StoredDelivery, failing: bool) -> Self {
        let Delivery { endpoint, message, .. } = &delivery.delivery;
        let by = delivery.lane.as_ref().map_or(message.as_str(), |lane| lane.order.as_str());
        let number = if failing { 0 } else { keys::due_shard(by) % LANES };
        Self { endpoint: endpoint.clone(), number }
    }

    fn key(&self) -> keys::Key {
        keys::lane(&self.endpoint, self.number)
    }
}

/// Makes deliveries.
#[derive(Debug, Clone)]
pub struct DynamoSending {
    table: Table,
}

impl DynamoSending {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
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

    /// Takes a delivery's lane for `length`, which must outlive the attempt. False: another
    /// message is on its way there.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn enter(
        &self,
        lane: &DeliveryLane,
        owner: &str,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let until = now + length;
        let write = Write::update(lane.key(), Condition::SlotFree { now })
            .set("leaseOwner", text(owner))
            .set("leaseUntil", number(to_millis(until)))
            .set("expiresAt", number((until + Duration::days(1)).unix_timestamp()));
        match self.table.update(write).await? {
            Updated::Applied(_) => Ok(true),
            // Our own, whose answer was lost.
            Updated::Refused(found) => Ok(found.get("leaseOwner") == Some(&text(owner))),
        }
    }

    /// Leaves the lane. Harmless when it is another's by now.
    ///
    /// # Errors
    /// The database cannot be reached; the lane is then free when its time is over.
    pub async fn leave(&self, lane: &DeliveryLane, owner: &str) -> Result<(), StoreError> {
        let write = Write::delete(lane.key(), Condition::LeasedBy { owner });
        self.table.delete(write).await.map(drop)
    }

    /// Stores what an attempt came to. False: the delivery does not wait for it (any more), and
    /// nothing was changed. `due` is when the next attempt is looked for if nobody makes it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn finish(
        &self,
        read: &StoredDelivery,
        after: &Delivery,
        attempt: Option<&LoggedAttempt>,
        due: Option<OffsetDateTime>,
    ) -> Result<bool, StoreError> {
        let Attempt { round, number } = read.delivery.attempt;
        let log = match attempt {
            Some(attempt) => logged(&read.attempts, attempt),
            None => read.attempts.iter().map(AttemptRecord::from).collect(),
        };
        let key = keys::delivery(&after.endpoint, &after.message);
        let write = Write::update(key, Condition::AwaitsAttempt { round, number })
            .set("attempts", to_attribute_value(&log)?)
            .next_revision();
        match self.table.update(moved_on(write, after, due)).await? {
            Updated::Applied(_) => Ok(true),
            Updated::Refused(found) => {
                // Our own, whose answer was lost: nobody else logs this attempt at this moment.
                Ok(attempt.is_some() && found.get("attempts") == Some(&to_attribute_value(&log)?))
            }
        }
    }
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

/// Where a delivery stands now. What waits is in the index of what is due, nothing else.
fn moved_on(write: Write, to: &Delivery, due: Option<OffsetDateTime>) -> Write {
    let (state, at) = state_words(&to.state);
    let write = write
        .set("state", text(state))
        .set("at", number(at))
        .set("round", number(to.attempt.round))
        .set("number", number(to.attempt.number));
    match (to.state, due) {
        (DeliveryState::Waiting { .. }, Some(due)) => {
            let shard = keys::due_shard(&keys::delivery(&to.endpoint, &to.message).sk);
            write
                .set("dueShard", text(keys::due_delivery(shard)))
                .set("dueAt", number(to_millis(due)))
        }
        _ => write.remove("dueShard").remove("dueAt"),
    }
}
