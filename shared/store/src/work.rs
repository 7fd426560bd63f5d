//! Carrying orders out: leases, endings, and what waits for a person.

use domain::{
    lease::Lease,
    order::StatusChange,
    provisioning::{Effect, OrderNumber, OrderStatus, ProvisioningOrder, SubscriptionEffect},
    subscription::{Change, Claim},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value};
use time::{Duration, OffsetDateTime};

use crate::{
    conditions::{Condition, LockOwner},
    connection::Table,
    error::StoreError,
    expression::{Write, number, text},
    keys,
    lease::{self, Taken},
    records::{ProvisioningRecord, history_record},
    transaction::{self, Outcome},
    watchdog,
};

/// Reads provisioning orders. Can do nothing else.
#[derive(Debug, Clone)]
pub struct DynamoOrders {
    table: Table,
}

impl DynamoOrders {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The order with this number, as it is now.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, id: OrderNumber) -> Result<Option<ProvisioningOrder>, StoreError> {
        self.record(id).await?.map(ProvisioningOrder::try_from).transpose()
    }

    async fn record(&self, id: OrderNumber) -> Result<Option<ProvisioningRecord>, StoreError> {
        self.table.get_consistent(&keys::order(&id.to_string())).await
    }
}

/// What came of asking for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leased {
    /// The order is this worker's until the lease ends.
    Mine(Box<ProvisioningOrder>, Lease),
    /// Another worker holds it.
    Held,
    /// It has ended: nothing to do.
    Ended,
    /// There is no such order.
    Absent,
}

/// Who ends an order, and by what right.
#[derive(Debug, Clone)]
pub enum EndedBy {
    /// A worker, under its lease.
    Worker(Lease),
    /// The operator, by name, when nobody else holds the order.
    Operator(String),
}

/// What came of ending an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It has ended so.
    Done,
    /// It had ended already, or is another worker's: nothing was changed.
    Superseded,
}

/// Carries orders out.
#[derive(Debug, Clone)]
pub struct DynamoWork {
    orders: DynamoOrders,
    table: Table,
    watchdog: Duration,
}

impl DynamoWork {
    /// In this table.
    pub fn new(table: Table) -> Self {
        let watchdog = Duration::minutes(5);
        Self { orders: DynamoOrders::new(table.clone()), table, watchdog }
    }

    /// With another time (five minutes else) after which an end that was not told is told again.
    #[must_use]
    pub fn watched(mut self, watchdog: Duration) -> Self {
        self.watchdog = watchdog;
        self
    }

    /// Takes the lease of an order for `length`, which must outlive the function: its time-out
    /// and some margin.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn lease(
        &self,
        id: OrderNumber,
        owner: String,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<Leased, StoreError> {
        let Some(record) = self.orders.record(id).await? else { return Ok(Leased::Absent) };
        let header = &record.header;
        if header.status != OrderStatus::Provisioning.as_str() {
            return Ok(Leased::Ended);
        }
        match lease::take(&self.table, header, owner, length, now).await? {
            Taken::Held => Ok(Leased::Held),
            Taken::Mine(item, lease) => {
                let record: ProvisioningRecord = from_item(item)?;
                Ok(Leased::Mine(Box::new(record.try_into()?), lease))
            }
        }
    }

    /// Gives a lease back: the order is tried again later. `due` is when something must have
    /// happened by.
    ///
    /// # Errors
    /// The database cannot be reached; the lease then ends by itself.
    pub async fn give_back(
        &self,
        order: &ProvisioningOrder,
        lease: &Lease,
        due: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let id = order.id.to_string();
        let mut write = lease::given_back(&id, lease);
        if order.needs_intervention.is_none() {
            write = watchdog::due_at(write, &id, due);
        }
        self.table.update(write).await.map(drop)
    }

    /// Marks an order that a worker holds: nobody knows its effect, and no attempt is left. The
    /// lock stays.
    ///
    /// # Errors
    /// The database cannot be reached; the dead-letter consumer then marks it.
    pub async fn leave_to_a_person(
        &self,
        order: &ProvisioningOrder,
        lease: &Lease,
        why: &str,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let since = order.needs_intervention.as_ref().map_or(now, |known| known.since);
        watchdog::left_to_a_person(&self.table, &order.id.to_string(), lease, why, since).await
    }

    /// Ends an order: its state, its lock, its subscription and its numbers in one transaction.
    ///
    /// # Errors
    /// The database cannot be reached, or the order and its lock contradict each other.
    pub async fn end(
        &self,
        order: &ProvisioningOrder,
        by: &EndedBy,
        passage: StatusChange<OrderStatus>,
    ) -> Result<Ending, StoreError> {
        let Some(effect) = order.effect_of(passage.status) else {
            return Err(StoreError::Corrupt(format!("{} is no ending", passage.status)));
        };
        let untold = passage.at + self.watchdog;
        let mut writes = vec![end_order(order, by, &passage, untold)?, unlock(order, &effect)?];
        writes.extend(effect.freed.iter().map(|claim| free(order, claim)));
        writes.extend(effect.voided.iter().map(|claim| void(order, claim)));
        match transaction::run(&self.table, writes).await? {
            Outcome::Done => Ok(Ending::Done),
            Outcome::Refused(reasons) if reasons.first().is_some_and(Option::is_some) => {
                Ok(Ending::Superseded)
            }
            Outcome::Refused(_) => {
                Err(StoreError::Corrupt(format!("order {} and what it holds disagree", order.id)))
            }
        }
    }
}

fn end_order(
    order: &ProvisioningOrder,
    by: &EndedBy,
    passage: &StatusChange<OrderStatus>,
    untold: OffsetDateTime,
) -> Result<Write, StoreError> {
    let id = order.id.to_string();
    let key = keys::order(&id);
    let status = order.status.as_str();
    let condition = match by {
        EndedBy::Worker(Lease { fence, .. }) => Condition::OpenUnderFence { status, fence: *fence },
        EndedBy::Operator(_) => {
            let (revision, now) = (order.revision, passage.at);
            Condition::OpenAsReadAndUnleased { status, revision, now }
        }
    };
    let mut history = order.history.clone();
    history.push(passage.clone());
    // Absolute: the placing was the first state, and each passage one more.
    let sequence = u64::try_from(history.len()).unwrap_or(u64::MAX).saturating_add(1);
    let ended = ["leaseOwner", "leaseUntil", "needsInterventionSince", "needsInterventionWhy"]
        .into_iter()
        .fold(Write::update(key, condition), Write::remove)
        .set("status", text(passage.status.as_str()))
        .set("sequence", number(sequence))
        .set("history", to_attribute_value(history_record(&history))?)
        .next_revision();
    // Watched until the end has been told.
    Ok(watchdog::due_at(ended, &id, untold))
}

fn unlock(order: &ProvisioningOrder, effect: &Effect) -> Result<Write, StoreError> {
    let key = keys::subscription(order.subscription);
    let locked = Condition::LockedBy { order: LockOwner::Provisioning(order.id) };
    let write = match &effect.subscription {
        SubscriptionEffect::Remove => return Ok(Write::delete(key, locked)),
        SubscriptionEffect::Unlock => Write::update(key, locked),
        SubscriptionEffect::Apply(change) => apply(Write::update(key, locked), change)?,
    };
    Ok(write.remove("outstandingOrder").next_revision())
}

/// Sets what the change gives. The names are those of [`crate::records::SubscriptionRecord`],
/// which the test `a_change_is_applied_to_every_attribute_of_the_record` holds together.
fn apply(mut write: Write, change: &Change) -> Result<Write, StoreError> {
    let Change { iccid, static_ip, .. } = change;
    if let Some(iccid) = iccid {
        // The identity in the old SIM went with it.
        write = write.set("iccid", to_attribute_value(iccid)?).remove("imsi");
    }
    if let Some(address) = static_ip {
        write = match address {
            Some(address) => write.set("staticIp", to_attribute_value(address)?),
            None => write.remove("staticIp"),
        };
    }
    let others = [
        ("msisdn", change.msisdn.as_ref().map(to_attribute_value).transpose()?),
        ("blocked", change.blocked.map(to_attribute_value).transpose()?),
        ("state", change.state.map(to_attribute_value).transpose()?),
        ("odbProfile", change.odb_profile.map(to_attribute_value).transpose()?),
        ("apnIds", change.apn_ids.as_ref().map(to_attribute_value).transpose()?),
        ("a2pVoiceAppKey", change.a2p_voice_app_key.as_ref().map(to_attribute_value).transpose()?),
        ("tags", change.tags.as_ref().map(to_attribute_value).transpose()?),
        ("services", change.services.as_ref().map(to_attribute_value).transpose()?),
    ];
    Ok(others.into_iter().fold(write, |write, (attribute, value)| match value {
        Some(value) => write.set(attribute, value),
        None => write,
    }))
}

fn free(order: &ProvisioningOrder, claim: &Claim) -> Write {
    Write::delete(keys::claim(claim), Condition::ClaimedBy { subscription: order.subscription })
}

fn void(order: &ProvisioningOrder, claim: &Claim) -> Write {
    Write::update(keys::claim(claim), Condition::ClaimedBy { subscription: order.subscription })
        .set("void", aws_sdk_dynamodb::types::AttributeValue::Bool(true))
        .next_revision()
}
