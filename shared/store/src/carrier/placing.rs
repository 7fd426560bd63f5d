//! Placing a carrier order: its number, the order, its document and its first notifications in
//! one transaction.

use domain::{
    carrier::{AnyCarrierOrder, OrderId, Party},
    idempotency::IdempotencyGuard,
    identity::Tenant,
    order::Timing,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::{Duration, OffsetDateTime};

use super::{
    DynamoCarrierOrders, NewNotification,
    commit::{notification, reference},
};
use crate::{
    conditions::Condition,
    error::{GuardedError, StoreError},
    expression::{Write, text},
    keys,
    orders::{Part, place, placed},
    records::{CarrierBody, PonRecord},
};

/// A carrier order to be placed.
#[derive(Debug)]
pub struct CarrierPlacing<'a> {
    /// The order, its id generated before the first attempt.
    pub order: &'a AnyCarrierOrder,
    /// The tenant that places it, for the log.
    pub tenant: Option<&'a Tenant>,
    /// The Buyer's document, JSON text.
    pub document: &'a str,
    /// What the Buyer is told by placing it.
    pub notifications: &'a [NewNotification],
    /// Its Seller, if registered: what is due on a Seller's order depends on it.
    pub seller: &'a Option<Party>,
    /// How long the order may be left alone.
    pub watchdog: Duration,
    /// Its place in lists: the order date, else the time it came.
    pub listed_at: OffsetDateTime,
    /// The caller's key, and the response to store under it.
    pub guard: Option<&'a IdempotencyGuard>,
    /// Now.
    pub now: OffsetDateTime,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacedCarrierOrder {
    /// Placed.
    Done,
    /// The Buyer has an order with this number already.
    PonTaken(OrderId),
}

impl DynamoCarrierOrders {
    /// Places an order.
    ///
    /// # Errors
    /// The key has been used; or the database cannot be reached or is too busy, and whether the
    /// order is placed is unknown.
    pub async fn place(
        &self,
        placing: &CarrierPlacing<'_>,
    ) -> Result<PlacedCarrierOrder, GuardedError> {
        // Both sides may be of several tenants: the Buyer is who places orders. No tenant has a
        // name with a blank.
        let owner = Some(format!("buyer {}", placing.order.order().header.buyer));
        let CarrierPlacing { guard, now, .. } = *placing;
        place(&self.table, owner, guard, parts(placing)?, PlacedCarrierOrder::Done, now).await
    }
}

fn parts(placing: &CarrierPlacing<'_>) -> Result<Vec<Part<PlacedCarrierOrder>>, StoreError> {
    let header = &placing.order.order().header;
    let sort = format!("{}#{}", domain::clock::rfc3339(placing.listed_at), header.id);
    let mut parts = Vec::with_capacity(3 + placing.notifications.len());
    let claim = reference(&keys::pon(&header.buyer, &header.pon), &header.id);
    parts.push(Part::new(claim, |failed| {
        let claim: PonRecord = from_item(failed.found)?;
        Ok(PlacedCarrierOrder::PonTaken(claim.order))
    }));
    parts.push(Part::of_new_id(order_write(placing, &sort)?));
    // It lists the order for its Seller: the order's own item lists it for its Buyer.
    let document = Write::put(keys::document(header.id.as_str()).attributes(), Condition::Absent)
        .set("document", text(placing.document))
        .set("ownerKey", text(keys::orders_sold(&header.seller)))
        .set("ownerSort", text(&sort));
    parts.push(Part::of_new_id(document));
    let notifications = placing.notifications.iter();
    let notifications = notifications.map(|new| notification(header.id.as_str(), new));
    parts.extend(notifications.map(Part::of_new_id));
    Ok(parts)
}

fn order_write(placing: &CarrierPlacing<'_>, sort: &str) -> Result<Write, StoreError> {
    let CarrierPlacing { tenant, seller, watchdog, now, .. } = *placing;
    let timing = Timing { now, watchdog };
    let order = placing.order.order();
    let body = |state| CarrierBody::new(order, state, tenant, sort);
    let id = &order.correlation_id;
    match placing.order {
        AnyCarrierOrder::Seller(order) => placed(order, id, body(order.into()), seller, timing),
        AnyCarrierOrder::Buyer(order) => placed(order, id, body(order.into()), &None, timing),
    }
}
