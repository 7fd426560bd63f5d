//! Placing an eSIM order: the order, its customer or its eSIM's lock, and the stored response in
//! one transaction.

use domain::{
    esim::{Customer, Esim, EsimOrder, EsimOrderId},
    idempotency::IdempotencyGuard,
    order::Timing,
    service_order::ServiceOrderId,
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use time::{Duration, OffsetDateTime};

use super::DynamoEsimOrders;
use crate::{
    conditions::Condition,
    error::{GuardedError, StoreError},
    expression::{Write, text},
    keys,
    orders::{Part, listed, lock, of_parent, outstanding, place, placed},
    records::{CustomerRecord, EsimOrderBody},
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
pub enum PlacedEsimOrder {
    /// Placed.
    Done,
    /// The eSIM has this order outstanding.
    Outstanding(EsimOrderId),
    /// The eSIM or the customer is no more as it was read: read it again.
    Changed,
}

impl DynamoEsimOrders {
    /// Places an order.
    ///
    /// # Errors
    /// The key has been used; or the database cannot be reached or is too busy, and whether the
    /// order is placed is unknown.
    pub async fn place(&self, placing: &EsimPlacing<'_>) -> Result<PlacedEsimOrder, GuardedError> {
        let owner = Some(placing.order.tenant.to_string());
        let EsimPlacing { guard, now, .. } = *placing;
        place(&self.table, owner, guard, parts(placing)?, PlacedEsimOrder::Done, now).await
    }
}

fn parts(placing: &EsimPlacing<'_>) -> Result<Vec<Part<PlacedEsimOrder>>, StoreError> {
    let EsimPlacing { order, customer, esim, parent, watchdog, now, .. } = *placing;
    let timing = Timing { now, watchdog };
    let placed = placed(order, &order.correlation_id, EsimOrderBody::from(order), &(), timing)?;
    let mut parts = vec![Part::of_new_id(of_parent(listed(order, placed), parent))];
    if let Some(customer) = customer {
        let write = Write::put(to_item(CustomerRecord::from(customer))?, Condition::Absent);
        parts.push(Part::new(write, |_| Ok(PlacedEsimOrder::Changed)));
    }
    if let Some(esim) = esim {
        let key = keys::esim(&esim.tenant, &esim.iccid);
        let write = lock(key, esim.revision, text(order.id.to_string()));
        parts.push(Part::new(write, |failed| {
            let order = outstanding(failed)?;
            Ok(order.map_or(PlacedEsimOrder::Changed, PlacedEsimOrder::Outstanding))
        }));
    }
    Ok(parts)
}
