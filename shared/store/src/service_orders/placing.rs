//! Placing a service order: the order, its document, the claim on the client's id, and the stored
//! response in one transaction.

use domain::{
    idempotency::IdempotencyGuard,
    order::Timing,
    service_order::{ServiceOrder, ServiceOrderId},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::{Duration, OffsetDateTime};

use super::DynamoServiceOrders;
use crate::{
    conditions::Condition,
    error::{GuardedError, StoreError},
    expression::{Write, text},
    keys,
    orders::{Part, place, placed},
    records::{ExternalIdRecord, ServiceOrderBody},
};

/// A service order to be placed.
#[derive(Debug)]
pub struct ServicePlacing<'a> {
    /// The order, its id generated before the first attempt.
    pub order: &'a ServiceOrder,
    /// What the client wrote, JSON text.
    pub document: &'a str,
    /// Of what the client wrote: tells the same request from another one with the same
    /// `externalId`.
    pub fingerprint: &'a str,
    /// How long the order may be left alone.
    pub watchdog: Duration,
    /// The caller's key, and the response to store under it.
    pub guard: Option<&'a IdempotencyGuard>,
    /// Now.
    pub now: OffsetDateTime,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacedServiceOrder {
    /// Placed.
    Done,
    /// The `externalId` belongs to this order, which was placed by a request with this fingerprint.
    ExternalIdTaken {
        /// The order.
        order: ServiceOrderId,
        /// The fingerprint.
        fingerprint: String,
    },
}

impl DynamoServiceOrders {
    /// Places an order.
    ///
    /// # Errors
    /// The key has been used; or the database cannot be reached or is too busy, and whether the
    /// order is placed is unknown.
    pub async fn place(
        &self,
        placing: &ServicePlacing<'_>,
    ) -> Result<PlacedServiceOrder, GuardedError> {
        let owner = Some(placing.order.tenant.to_string());
        let ServicePlacing { guard, now, .. } = *placing;
        place(&self.table, owner, guard, parts(placing)?, PlacedServiceOrder::Done, now).await
    }
}

fn parts(placing: &ServicePlacing<'_>) -> Result<Vec<Part<PlacedServiceOrder>>, StoreError> {
    let ServicePlacing { order, document, fingerprint, watchdog, now, .. } = *placing;
    let (id, timing) = (order.id.to_string(), Timing { now, watchdog });
    let mut parts = Vec::with_capacity(3);
    if let Some(external_id) = &order.external_id {
        let key = keys::external_id(&order.tenant, order.face, external_id);
        let (pk, sk, fingerprint) = (key.pk, key.sk, fingerprint.to_owned());
        let claim = ExternalIdRecord { pk, sk, order: id.clone(), fingerprint };
        let write = Write::put(to_item(claim)?, Condition::Absent);
        parts.push(Part::new(write, |failed| taken(from_item(failed.found)?)));
    }
    let body = ServiceOrderBody::from(order);
    parts.push(Part::of_new_id(placed(order, &order.correlation_id, body, &(), timing)?));
    let document = Write::put(keys::document(&id).attributes(), Condition::Absent)
        .set("document", text(document));
    parts.push(Part::of_new_id(document));
    Ok(parts)
}

fn taken(claim: ExternalIdRecord) -> Result<PlacedServiceOrder, StoreError> {
    let ExternalIdRecord { order, fingerprint, .. } = claim;
    let order = order.parse();
    let order = order.map_err(|_| StoreError::Corrupt("the order of an externalId".to_owned()))?;
    Ok(PlacedServiceOrder::ExternalIdTaken { order, fingerprint })
}
