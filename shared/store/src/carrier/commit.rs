//! What goes with an event of a carrier order: its document, its notifications, and the way to it
//! by the Seller's id.

use domain::{
    carrier::{CarrierContext, CarrierOrder, OrderId},
    order::Applied,
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;

use super::{DynamoCarrierWork, NewNotification};
use crate::{
    conditions::Condition,
    error::StoreError,
    expression::{Write, text},
    keys,
    orders::{Authority, Committed, Extra, Idempotency},
    records::{NotificationRecord, PonRecord},
    transaction, watchdog,
};

/// An event of an order, to be committed.
#[derive(Debug)]
pub struct CarrierCommit<'a> {
    /// The order after the event.
    pub applied: &'a Applied<CarrierOrder>,
    /// A new document, JSON text, when it has changed.
    pub document: Option<&'a str>,
    /// What the Buyer is told.
    pub notifications: &'a [NewNotification],
    /// The caller's idempotency key, and the response to store under it.
    pub once: Option<Idempotency<'a>>,
    /// By what right.
    pub by: Authority<'a>,
    /// What is due depends on it.
    pub context: &'a CarrierContext,
}

impl DynamoCarrierWork {
    /// Commits an event: order, document, notifications and the stored response at once.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn commit_with_texts(
        &self,
        commit: &CarrierCommit<'_>,
    ) -> Result<Committed<CarrierOrder>, StoreError> {
        let CarrierCommit { applied, document, notifications, once, by, context } = commit;
        let header = &applied.order().header;
        let id = header.id.as_str();
        // First the way to the order, then what is written once: whoever dies in between does
        // both again. An id that the Seller gives twice leads to the first order.
        if let Some(theirs) = &applied.effect().seller_order {
            let key = keys::sold(&header.seller, theirs);
            let record = PonRecord { pk: key.pk, sk: key.sk, order: header.id.clone() };
            let way = Write::put(to_item(record)?, Condition::Unclaimed);
            transaction::run(&self.orders.table, vec![way]).await?;
        }
        let mut writes = Vec::with_capacity(1 + notifications.len());
        if let Some(document) = document {
            let write = Write::update(keys::document(id), Condition::Present);
            writes.push(write.set("document", text(*document)));
        }
        for new in *notifications {
            writes.push(notification(id, new)?);
        }
        self.commit_with(applied, *by, context, Extra { writes, once: *once }).await
    }

    /// Clears the watchdog of an order that has released its resources, if all is published.
    ///
    /// # Errors
    /// The database cannot be reached; the sweeper then does it.
    pub async fn clear_watchdog(&self, id: &OrderId) -> Result<(), StoreError> {
        self.orders.table.update(watchdog::cleared(id.as_str())).await.map(drop)
    }

    /// Notes that the Buyer requests the status: the response is pushed to it. A request whose
    /// response was lost may be noted twice, and is then answered twice.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn ask(&self, id: &OrderId) -> Result<(), StoreError> {
        let write = Write::update(keys::order(id.as_str()), Condition::Present)
            .increment("statusRequestCount");
        self.orders.table.update(write).await.map(drop)
    }

    /// Keeps a notification that changes nothing, if it is not kept already.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn keep(&self, id: &OrderId, new: &NewNotification) -> Result<(), StoreError> {
        let writes = vec![notification(id.as_str(), new)?];
        transaction::run(&self.orders.table, writes).await.map(drop)
    }
}

/// The write that stores a notification. Its number is taken by the state it goes with, so that
/// numbers have no gap and none is given twice.
pub(super) fn notification(id: &str, new: &NewNotification) -> Result<Write, StoreError> {
    let key = keys::notification(id, new.version);
    let record =
        NotificationRecord { pk: key.pk, sk: key.sk, body: new.body.clone(), pushed: new.pushed };
    Ok(Write::put(to_item(record)?, Condition::Absent))
}
