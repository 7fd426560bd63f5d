//! Placing a carrier order: its number, the order, its document and its first notifications in
//! one transaction.

use domain::{
    carrier::OrderId,
    idempotency::{Once, Remembered},
    identity::Tenant,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::OffsetDateTime;

use super::{
    CarrierDue, CarrierOrder, NewNotification, reading::DynamoCarrierOrders, work::notification,
};
use crate::{
    conditions::{Condition, EpochSeconds},
    error::StoreError,
    expression::Write,
    keys,
    records::{CarrierRecord, DocumentRecord, IdempotencyRecord, PonRecord},
    transaction::{self, Outcome},
};

/// A carrier order to be placed.
#[derive(Debug)]
pub struct CarrierPlacing<'a> {
    /// The order, its id generated before the first attempt.
    pub order: &'a CarrierOrder,
    /// The Buyer's document, JSON text.
    pub document: &'a str,
    /// What the Buyer is told by placing it.
    pub notifications: &'a [NewNotification],
    /// By when something must have happened.
    pub due: CarrierDue,
    /// Its place in lists: the order date, else the time it came.
    pub listed_at: OffsetDateTime,
    /// The caller's key, and the answer to remember under it.
    pub once: Option<(&'a Tenant, &'a Once, &'a Remembered)>,
    /// Now.
    pub now: OffsetDateTime,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlacedCarrierOrder {
    /// Placed.
    Done,
    /// The caller's key has been used: this was the answer then.
    Repeated(Remembered),
    /// The Buyer has an order with this number already.
    PonTaken(OrderId),
}

impl DynamoCarrierOrders {
    /// Places an order.
    ///
    /// # Errors
    /// The database cannot be reached or is too busy; whether the order is placed is then unknown.
    pub async fn place(
        &self,
        placing: &CarrierPlacing<'_>,
    ) -> Result<PlacedCarrierOrder, StoreError> {
        let with_key = placing.once.is_some();
        let reasons = match transaction::run(&self.table, writes(placing)?).await? {
            Outcome::Done => return Ok(PlacedCarrierOrder::Done),
            Outcome::Refused(reasons) => reasons,
        };
        let mut reasons = reasons.into_iter();
        if with_key && let Some(Some(failed)) = reasons.next() {
            let record: IdempotencyRecord = from_item(failed.found)?;
            return Ok(PlacedCarrierOrder::Repeated(record.into()));
        }
        match reasons.next() {
            Some(Some(failed)) => {
                let record: PonRecord = from_item(failed.found)?;
                Ok(PlacedCarrierOrder::PonTaken(record.order))
            }
            // An id of 80 random bits is not generated twice.
            _ => Err(StoreError::Corrupt(format!("order {}", placing.order.header.id))),
        }
    }
}

/// The place of an order in lists.
fn sort(placing: &CarrierPlacing<'_>) -> String {
    let at = domain::clock::rfc3339(placing.listed_at);
    format!("{at}#{}", placing.order.header.id)
}

fn writes(placing: &CarrierPlacing<'_>) -> Result<Vec<Write>, StoreError> {
    let CarrierPlacing { order, document, notifications, due, once, now, .. } = placing;
    let sort = sort(placing);
    let mut writes = Vec::with_capacity(4 + notifications.len());
    if let Some((tenant, once, answer)) = once {
        let record = IdempotencyRecord::new(tenant, once, answer, *now);
        let unused = Condition::KeyUnused { now: EpochSeconds::from(*now) };
        writes.push(Write::put(to_item(record)?, unused));
    }
    let key = keys::pon(&order.header.buyer, &order.header.pon);
    let claim = PonRecord { pk: key.pk, sk: key.sk, order: order.header.id.clone() };
    writes.push(Write::put(to_item(claim)?, Condition::Unclaimed));
    let record = CarrierRecord::new(order, *due, &sort, *now);
    writes.push(Write::put(to_item(record)?, Condition::Absent));
    let record = DocumentRecord::new(order, document, &sort);
    writes.push(Write::put(to_item(record)?, Condition::Absent));
    for new in *notifications {
        writes.push(notification(order.header.id.as_str(), new)?);
    }
    Ok(writes)
}
