//! Carrying orders out: leases, endings, and what waits for a person.

use domain::{
    lease::{Fence, Lease},
    provisioning::{
        Effect, OrderNumber, OrderStatus, Passage, ProvisioningOrder, SubscriptionEffect,
    },
    subscription::{Change, Claim},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value};
use time::{Duration, OffsetDateTime};

use crate::{
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::{OrderHeader, PassageRecord, ProvisioningRecord, to_millis},
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
        self.table.read(&keys::order(&id.to_string())).await
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
}

impl DynamoWork {
    /// In this table.
    pub fn new(table: Table) -> Self {
        Self { orders: DynamoOrders::new(table.clone()), table }
    }

    /// Takes the lease of an order for `length`, which must outlive the function: its time-out
    /// and some margin.
    ///
    /// Every value is absolute: when the answer to the update is lost and the SDK sends it again,
    /// the owner tells our own write from another's.
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
        if header.lease_until.is_some_and(|until| until >= to_millis(now)) {
            return Ok(Leased::Held);
        }
        let lease = Lease {
            fence: header.fence().next(),
            owner,
            until: now + length,
            attempt: header.attempts + 1,
        };
        let write = Write::update(keys::order(&id.to_string()), Condition::OpenAndUnleased)
            .set("fence", number(lease.fence.0))
            .set("leaseOwner", text(&lease.owner))
            .set("leaseUntil", number(to_millis(lease.until)))
            .set("attempts", number(lease.attempt))
            .next_revision()
            .value("readStatus", text(&header.status))
            .value("readFence", number(header.fence))
            .value("now", number(to_millis(now)));
        let item = match self.table.update(write).await? {
            Updated::Applied(item) => item,
            Updated::Refused(item) => {
                let found: OrderHeader = from_item(item.clone())?;
                if found.lease_owner.as_ref() != Some(&lease.owner) {
                    return Ok(Leased::Held);
                }
                item
            }
        };
        let order = ProvisioningOrder::try_from(from_item::<ProvisioningRecord>(item)?)?;
        Ok(Leased::Mine(Box::new(order), lease))
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
        let mut write = Write::update(keys::order(&id), Condition::LeaseIsMine)
            .remove("leaseOwner")
            .remove("leaseUntil")
            .next_revision()
            .value("me", text(&lease.owner));
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
        let id = order.id.to_string();
        let since = order.needs_intervention.as_ref().map_or(now, |known| known.since);
        let write = Write::update(keys::order(&id), Condition::LeaseIsMine)
            .remove("leaseOwner")
            .remove("leaseUntil")
            .next_revision()
            .value("me", text(&lease.owner));
        self.table.update(watchdog::intervention(write, &id, why, since)).await.map(drop)
    }

    /// Ends an order: its state, its lock, its subscription and its numbers in one transaction.
    ///
    /// # Errors
    /// The database cannot be reached, or the order and its lock contradict each other.
    pub async fn end(
        &self,
        order: &ProvisioningOrder,
        by: &EndedBy,
        passage: Passage,
    ) -> Result<Ending, StoreError> {
        let Some(effect) = order.effect_of(passage.status) else {
            return Err(StoreError::Corrupt(format!("{} is no ending", passage.status)));
        };
        let mut writes = vec![end_order(order, by, &passage)?, unlock(order, &effect)?];
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
    passage: &Passage,
) -> Result<Write, StoreError> {
    let key = keys::order(&order.id.to_string());
    let write = match by {
        EndedBy::Worker(Lease { fence: Fence(fence), .. }) => {
            Write::update(key, Condition::OpenUnderMyFence).value("mine", number(*fence))
        }
        EndedBy::Operator(_) => Write::update(key, Condition::OpenAsReadAndUnleased)
            .value("readRevision", number(order.revision))
            .value("now", number(to_millis(passage.at))),
    };
    let mut history: Vec<PassageRecord> = order.passages.iter().map(Into::into).collect();
    history.push(passage.into());
    Ok(["leaseOwner", "leaseUntil", "dueShard", "dueAt", "needsInterventionSince"]
        .into_iter()
        .chain(["needsInterventionWhy"])
        .fold(write, Write::remove)
        .set("status", text(passage.status.as_str()))
        .set("history", to_attribute_value(history)?)
        .next_revision()
        .value("readStatus", text(order.status.as_str())))
}

fn unlock(order: &ProvisioningOrder, effect: &Effect) -> Result<Write, StoreError> {
    let key = keys::subscription(order.subscription);
    let locked = Condition::LockedByThisOrder;
    let this = number(order.id.get());
    let write = match &effect.subscription {
        SubscriptionEffect::Remove => return Ok(Write::delete(key, locked).value("order", this)),
        SubscriptionEffect::Unlock => Write::update(key, locked),
        SubscriptionEffect::Apply(change) => apply(Write::update(key, locked), change)?,
    };
    Ok(write.remove("outstandingOrder").next_revision().value("order", this))
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
    Write::delete(keys::claim(claim), Condition::ClaimedByThisSubscription)
        .value("subscription", text(order.subscription.0.to_string()))
}

fn void(order: &ProvisioningOrder, claim: &Claim) -> Write {
    Write::update(keys::claim(claim), Condition::ClaimedByThisSubscription)
        .set("void", aws_sdk_dynamodb::types::AttributeValue::Bool(true))
        .next_revision()
        .value("subscription", text(order.subscription.0.to_string()))
}
