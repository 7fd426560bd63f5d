//! Placing an order: lock, order, claims and the remembered answer in one transaction.

use domain::{
    idempotency::{Once, Remembered},
    identity::Tenant,
    provisioning::{Operation, OrderNumber, ProvisioningOrder},
    subscription::{Claim, Subscription},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::OffsetDateTime;

use crate::{
    conditions::{Condition, EpochSeconds},
    connection::Table,
    error::StoreError,
    expression::{Write, number},
    keys,
    records::{ClaimRecord, IdempotencyRecord, ProvisioningRecord, SubscriptionRecord},
    transaction::{self, Failed, Outcome},
};

/// An order to be placed.
#[derive(Debug)]
pub struct Placing<'a> {
    /// The order, its number generated before the first attempt.
    pub order: &'a ProvisioningOrder,
    /// Its subscription: for a creating order as it will be, else as it was read.
    pub subscription: &'a Subscription,
    /// By when something must have happened to the order.
    pub due: OffsetDateTime,
    /// The caller's key, and the answer to remember under it.
    pub once: Option<(&'a Once, &'a Remembered)>,
    /// Now.
    pub now: OffsetDateTime,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// Placed.
    Done,
    /// The caller's key has been used: this was the answer then.
    Repeated(Remembered),
    /// The subscription has this order outstanding.
    Outstanding(OrderNumber),
    /// The SIM (or its identity) is somebody's, or void.
    SimInUse,
    /// The number is somebody's.
    MsisdnInUse,
    /// The subscription is no more as it was read: read it again.
    Changed,
    /// The order number is somebody else's: generate another.
    NumberTaken,
}

/// What a write of the transaction was for, to read its failure by.
enum Part {
    Key,
    Order,
    Subscription,
    Claim(Claim),
}

/// Places orders.
#[derive(Debug, Clone)]
pub struct DynamoPlacing {
    table: Table,
}

impl DynamoPlacing {
    /// On this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Places an order.
    ///
    /// Dies before the transaction: nothing happened. Dies after it: the order is placed, the
    /// stream carries it on, and the caller learns of it by its key or by the 409 with its number.
    ///
    /// # Errors
    /// The database cannot be reached or is too busy; whether the order is placed is then unknown.
    pub async fn place(&self, placing: &Placing<'_>) -> Result<Placed, StoreError> {
        let (parts, writes): (Vec<_>, Vec<_>) = writes(placing)?.into_iter().unzip();
        match transaction::run(&self.table, writes).await? {
            Outcome::Done => Ok(Placed::Done),
            Outcome::Refused(reasons) => parts
                .into_iter()
                .zip(reasons)
                .find_map(|(part, failed)| Some((part, failed?)))
                .map_or_else(
                    || Err(StoreError::Corrupt("refused without a reason".to_owned())),
                    |(part, failed)| explain(part, failed, placing.now),
                ),
        }
    }

    /// The answer remembered under a key, if any.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn remembered(
        &self,
        tenant: &Tenant,
        once: &Once,
        now: OffsetDateTime,
    ) -> Result<Option<Remembered>, StoreError> {
        let key = keys::idempotency(tenant, &once.key);
        let record: Option<IdempotencyRecord> = self.table.get_consistent(&key).await?;
        Ok(record.filter(|record| record.lives(now)).map(Remembered::from))
    }
}

/// The writes, the most telling failure first: a repeated request must be seen as one before it
/// is seen to collide with itself.
fn writes(placing: &Placing<'_>) -> Result<Vec<(Part, Write)>, StoreError> {
    let Placing { order, subscription, due, once, now } = placing;
    let mut all = Vec::with_capacity(6);
    if let Some((once, answer)) = once {
        let record = IdempotencyRecord::new(&order.tenant, once, answer, *now);
        let unused = Condition::KeyUnused { now: EpochSeconds::from(*now) };
        all.push((Part::Key, Write::put(to_item(record)?, unused)));
    }
    let record = ProvisioningRecord::new(order, *due);
    all.push((Part::Order, Write::put(to_item(record)?, Condition::Absent)));
    all.push((Part::Subscription, lock(order, subscription)?));
    for claim in order.claimed() {
        let record = ClaimRecord::new(&claim, subscription.id);
        let write = Write::put(to_item(record)?, Condition::Unclaimed);
        all.push((Part::Claim(claim), write));
    }
    Ok(all)
}

fn lock(order: &ProvisioningOrder, subscription: &Subscription) -> Result<Write, StoreError> {
    if order.operation == Operation::Create {
        let record = SubscriptionRecord::from(subscription);
        return Ok(Write::put(to_item(record)?, Condition::Absent));
    }
    let key = keys::subscription(subscription.id);
    Ok(Write::update(key, Condition::AsReadAndUnlocked { revision: subscription.revision })
        .set("outstandingOrder", number(order.id.get()))
        .next_revision())
}

fn explain(part: Part, failed: Failed, now: OffsetDateTime) -> Result<Placed, StoreError> {
    Ok(match part {
        Part::Key => {
            let record: IdempotencyRecord = from_item(failed.found)?;
            debug_assert!(record.lives(now), "the condition lets an expired key be overwritten");
            Placed::Repeated(record.into())
        }
        Part::Order => Placed::NumberTaken,
        Part::Subscription if failed.found.is_empty() => Placed::Changed,
        Part::Subscription => {
            let record: SubscriptionRecord = from_item(failed.found)?;
            record.outstanding_order.map_or(Placed::Changed, Placed::Outstanding)
        }
        Part::Claim(Claim::Msisdn(_)) => Placed::MsisdnInUse,
        Part::Claim(Claim::Iccid(_) | Claim::Imsi(_)) => Placed::SimInUse,
    })
}
