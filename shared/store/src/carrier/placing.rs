//! Placing a carrier order: its number, the order, its document and its first notifications in
//! one transaction.

use domain::{
    carrier::{AnyCarrierOrder, OrderId, Party},
    idempotency::IdempotencyGuard,
    identity::Tenant,
    order::Timing,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::{Duration, OffsetDateTime};

use super::{DynamoCarrierOrders, NewNotification, commit::notification};
use crate::{
    conditions::Condition,
    error::{GuardedError, StoreError},
    expression::Write,
    keys,
    orders::{PlaceOutcome, place},
    records::{CarrierRecord, DocumentRecord, PonRecord},
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
        match place(&self.table, owner, placing.guard, writes(placing)?, placing.now).await? {
            PlaceOutcome::Done => Ok(PlacedCarrierOrder::Done),
            PlaceOutcome::Refused(Part::Pon, failed) => {
                let record: Result<PonRecord, _> = from_item(failed.found);
                let record = record.map_err(StoreError::from)?;
                Ok(PlacedCarrierOrder::PonTaken(record.order))
            }
            // An id of 80 random bits is not generated twice.
            PlaceOutcome::Refused(Part::Order, _) => {
                let id = &placing.order.order().header.id;
                Err(StoreError::Corrupt(format!("order {id}")).into())
            }
        }
    }
}

/// What a write of the transaction was for, to read its failure by.
enum Part {
    Pon,
    Order,
}

fn writes(placing: &CarrierPlacing<'_>) -> Result<Vec<(Part, Write)>, StoreError> {
    let CarrierPlacing { order, document, notifications, seller, watchdog, now, .. } = placing;
    let header = &order.order().header;
    // The place of the order in lists.
    let sort = format!("{}#{}", domain::clock::rfc3339(placing.listed_at), header.id);
    let mut writes = Vec::with_capacity(3 + notifications.len());
    let key = keys::pon(&header.buyer, &header.pon);
    let claim = PonRecord { pk: key.pk, sk: key.sk, order: header.id.clone() };
    writes.push((Part::Pon, Write::put(to_item(claim)?, Condition::Unclaimed)));
    let timing = Timing { now: *now, watchdog: *watchdog };
    let record = CarrierRecord::new(order, seller, timing, &sort).placed_by(placing.tenant);
    writes.push((Part::Order, Write::put(to_item(record)?, Condition::Absent)));
    let record = DocumentRecord::new(header, document, &sort);
    writes.push((Part::Order, Write::put(to_item(record)?, Condition::Absent)));
    for new in *notifications {
        writes.push((Part::Order, notification(header.id.as_str(), new)?));
    }
    Ok(writes)
}
