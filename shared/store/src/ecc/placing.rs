//! Placing an order: lock, order, claims and the stored response in one transaction.

use domain::{
    idempotency::IdempotencyGuard,
    order::Timing,
    provisioning::{Operation, OrderNumber, ProvisioningOrder},
    subscription::{Claim, Subscription},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::{Duration, OffsetDateTime};

use crate::{
    conditions::Condition,
    connection::Table,
    error::{GuardedError, StoreError},
    expression::{Write, number},
    keys,
    orders::{PlaceOutcome, place},
    records::{ClaimRecord, ProvisioningRecord, SubscriptionRecord},
    transaction::Failed,
};

/// An order to be placed.
#[derive(Debug)]
pub struct Placing<'a> {
    /// The order, its number generated before the first attempt.
    pub order: &'a ProvisioningOrder,
    /// Its subscription: for a creating order as it will be, else as it was read.
    pub subscription: &'a Subscription,
    /// How long the order may be left alone.
    pub watchdog: Duration,
    /// The caller's key, and the response to store under it.
    pub guard: Option<&'a IdempotencyGuard>,
    /// Now.
    pub now: OffsetDateTime,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// Placed.
    Done,
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
    /// # Errors
    /// The key has been used; or the database cannot be reached or is too busy, and whether the
    /// order is placed is unknown.
    pub async fn place(&self, placing: &Placing<'_>) -> Result<Placed, GuardedError> {
        // The orders of a batch were counted when the batch was accepted.
        let order = placing.order;
        let owner = order.batch.is_none().then(|| order.tenant.to_string());
        match place(&self.table, owner, placing.guard, writes(placing)?, placing.now).await? {
            PlaceOutcome::Done => Ok(Placed::Done),
            PlaceOutcome::Refused(part, failed) => Ok(explain(part, failed)?),
        }
    }
}

fn writes(placing: &Placing<'_>) -> Result<Vec<(Part, Write)>, StoreError> {
    let Placing { order, subscription, watchdog, now, .. } = placing;
    let mut all = Vec::with_capacity(5);
    let record = ProvisioningRecord::new(order, Timing { now: *now, watchdog: *watchdog });
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

fn explain(part: Part, failed: Failed) -> Result<Placed, StoreError> {
    Ok(match part {
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
