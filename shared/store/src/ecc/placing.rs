//! Placing an order: lock, order, claims and the stored response in one transaction.

use domain::{
    idempotency::IdempotencyGuard,
    order::Timing,
    provisioning::{OrderNumber, ProvisioningOrder},
    service_order::ServiceOrderId,
    subscription::{Claim, Subscription},
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use time::{Duration, OffsetDateTime};

use super::order::is_subscription;
use crate::{
    conditions::Condition,
    connection::Table,
    error::{GuardedError, StoreError},
    expression::{Write, number},
    keys,
    orders::{Part, listed, lock, of_parent, outstanding, place, placed},
    records::{ClaimRecord, ProvisioningBody, SubscriptionRecord},
};

/// An order to be placed.
#[derive(Debug)]
pub struct Placing<'a> {
    /// The order, its number generated before the first attempt.
    pub order: &'a ProvisioningOrder,
    /// Its subscription: for a creating order as it will be, else as it was read.
    pub subscription: &'a Subscription,
    /// The service order whose item it executes.
    pub parent: Option<ServiceOrderId>,
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
    /// The SIM (or its identity) has another owner, or is void.
    SimInUse,
    /// The number has another owner.
    MsisdnInUse,
    /// The subscription is no more as it was read: read it again.
    Changed,
    /// Another order has the number: generate another.
    NumberTaken,
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
        // The orders of a batch were counted when the batch was accepted; a repair is not its tenant's.
        let order = placing.order;
        let is_counted = order.batch.is_none() && !order.operation.is_repair();
        let owner = is_counted.then(|| order.tenant.to_string());
        let Placing { guard, now, .. } = *placing;
        place(&self.table, owner, guard, parts(placing)?, Placed::Done, now).await
    }
}

fn parts(placing: &Placing<'_>) -> Result<Vec<Part<Placed>>, StoreError> {
    let Placing { order, subscription, parent, watchdog, now, .. } = *placing;
    let timing = Timing { now, watchdog };
    let placed = placed(order, &order.correlation_id, ProvisioningBody::from(order), &(), timing)?;
    let mut parts = vec![
        Part::new(of_parent(listed(order, placed), parent), |_| Ok(Placed::NumberTaken)),
        locked_subscription(order, subscription)?,
    ];
    for claim in order.claimed().into_iter().filter(|claim| !is_subscription(order, claim)) {
        let record = ClaimRecord::new(&claim, subscription.id);
        let write = Write::put(to_item(record)?, Condition::Unclaimed);
        parts.push(match claim {
            Claim::Msisdn(_) => Part::new(write, |_| Ok(Placed::MsisdnInUse)),
            Claim::Iccid(_) | Claim::Imsi(_) => Part::new(write, |_| Ok(Placed::SimInUse)),
        });
    }
    Ok(parts)
}

/// The lock. The item of a new subscription is the claim on its SIM as well.
fn locked_subscription(
    order: &ProvisioningOrder,
    subscription: &Subscription,
) -> Result<Part<Placed>, StoreError> {
    if order.operation.makes_subscription() {
        let record = SubscriptionRecord::from(subscription);
        let write = Write::put(to_item(record)?, Condition::Unclaimed);
        return Ok(Part::new(write, |_| Ok(Placed::SimInUse)));
    }
    let key = keys::subscription(subscription.id);
    let locked = lock(key, subscription.revision, number(order.id.get()));
    Ok(Part::new(locked, |failed| {
        Ok(outstanding(failed)?.map_or(Placed::Changed, Placed::Outstanding))
    }))
}
