//! Placing an eSIM order: the order, its customer or its eSIM's lock, and the stored response in
//! one transaction.

use domain::{
    esim::{Customer, Esim, EsimOrder, EsimOrderId},
    idempotency::IdempotencyGuard,
    order::Timing,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::{Duration, OffsetDateTime};

use super::DynamoEsimOrders;
use crate::{
    conditions::Condition,
    error::{GuardedError, StoreError},
    expression::{Write, text},
    keys,
    orders::{PlaceOutcome, place},
    records::{CustomerRecord, EsimOrderRecord, EsimRecord},
    transaction::Failed,
};

/// An eSIM order to be placed.
#[derive(Debug)]
pub struct EsimPlacing<'a> {
    /// The order, its id generated before the first attempt.
    pub order: &'a EsimOrder,
    /// The customer, when it is to be created.
    pub customer: Option<&'a Customer>,
    /// The eSIM of a top-up, as it was read.
    pub esim: Option<&'a Esim>,
    /// How long the order may be left alone.
    pub watchdog: Duration,
    /// The caller's key, and the response to store under it.
    pub guard: Option<&'a IdempotencyGuard>,
    /// Now.
    pub now: OffsetDateTime,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacedEsimOrder {
    /// Placed.
    Done,
    /// The eSIM has this order outstanding.
    Outstanding(EsimOrderId),
    /// The eSIM or the customer is no more as it was read: read it again.
    Changed,
}

/// What a write of the transaction was for, to read its failure by.
#[derive(Clone, Copy)]
enum Part {
    Order,
    Customer,
    Esim,
}

impl DynamoEsimOrders {
    /// Places an order.
    ///
    /// # Errors
    /// The key has been used; or the database cannot be reached or is too busy, and whether the
    /// order is placed is unknown.
    pub async fn place(&self, placing: &EsimPlacing<'_>) -> Result<PlacedEsimOrder, GuardedError> {
        let owner = Some(placing.order.tenant.to_string());
        match place(&self.table, owner, placing.guard, writes(placing)?, placing.now).await? {
            PlaceOutcome::Done => Ok(PlacedEsimOrder::Done),
            PlaceOutcome::Refused(part, failed) => Ok(explain(part, failed)?),
        }
    }
}

fn writes(placing: &EsimPlacing<'_>) -> Result<Vec<(Part, Write)>, StoreError> {
    let EsimPlacing { order, customer, esim, watchdog, now, .. } = placing;
    let mut all = Vec::with_capacity(3);
    let record = EsimOrderRecord::new(order, Timing { now: *now, watchdog: *watchdog });
    all.push((Part::Order, Write::put(to_item(record)?, Condition::Absent)));
    if let Some(customer) = customer {
        let record = CustomerRecord::from(*customer);
        all.push((Part::Customer, Write::put(to_item(record)?, Condition::Absent)));
    }
    if let Some(esim) = esim {
        // What was decided by the plans and the owner that were read stands only if the eSIM
        // is still as it was read.
        let key = keys::esim(&esim.tenant, &esim.iccid);
        let write = Write::update(key, Condition::AsReadAndUnlocked { revision: esim.revision })
            .set("outstandingOrder", text(order.id.to_string()))
            .next_revision();
        all.push((Part::Esim, write));
    }
    Ok(all)
}

fn explain(part: Part, failed: Failed) -> Result<PlacedEsimOrder, StoreError> {
    Ok(match part {
        // An id of 74 random bits is not generated twice.
        Part::Order => {
            return Err(StoreError::Corrupt("an order's id was generated twice".to_owned()));
        }
        Part::Customer => PlacedEsimOrder::Changed,
        Part::Esim if failed.found.is_empty() => PlacedEsimOrder::Changed,
        Part::Esim => {
            let record: EsimRecord = from_item(failed.found)?;
            record.outstanding_order.map_or(PlacedEsimOrder::Changed, PlacedEsimOrder::Outstanding)
        }
    })
}
