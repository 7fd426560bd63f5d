//! What goes with an event of a carrier order: its document, its notifications, and the way to it
//! by the Seller's id.

use domain::{
    carrier::{CarrierContext, CarrierOrder, OrderId},
    idempotency::IdempotencyGuard,
    order::Applied,
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use time::OffsetDateTime;

use super::{DynamoCarrierWork, NewNotification};
use crate::{
    conditions::Condition,
    error::{GuardedError, StoreError},
    expression::{Write, text},
    keys,
    orders::{Authority, Committed},
    records::{NotificationRecord, PonRecord},
    transaction::{self, Guarded, Outcome},
    watchdog,
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
    /// By what right.
    pub by: Authority<'a>,
    /// What is due depends on it.
    pub context: &'a CarrierContext,
}

impl DynamoCarrierWork {
    /// Commits an event: order, document and notifications at once.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn commit_with_texts(
        &self,
        commit: &CarrierCommit<'_>,
    ) -> Result<Committed<CarrierOrder>, StoreError> {
        let texts = self.prepare(commit).await?;
        self.commit_with(commit.applied, commit.by, commit.context, texts).await
    }

    /// The same for a call of one of the parties, which may have an idempotency key: its
    /// response is stored in the same transaction.
    ///
    /// # Errors
    /// The key has been used, and nothing was changed; or the database cannot be reached.
    pub async fn commit_call(
        &self,
        commit: &CarrierCommit<'_>,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<Committed<CarrierOrder>, GuardedError> {
        let texts = self.prepare(commit).await?;
        self.commit_guarded(commit.applied, commit.by, commit.context, texts, guard).await
    }

    /// The writes of the document and of the notifications.
    async fn prepare(&self, commit: &CarrierCommit<'_>) -> Result<Vec<Write>, StoreError> {
        let CarrierCommit { applied, document, notifications, .. } = commit;
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
        Ok(writes)
    }

    /// Clears the watchdog of an order that has released its resources, if all is published.
    ///
    /// # Errors
    /// The database cannot be reached; the sweeper then does it.
    pub async fn clear_watchdog(&self, id: &OrderId) -> Result<(), StoreError> {
        self.orders.table.update(watchdog::cleared(id.as_str())).await.map(drop)
    }

    /// Notes that the Buyer requests the status: the response is pushed to it. A request without
    /// a key whose response was lost may be noted twice, and is then answered twice.
    ///
    /// # Errors
    /// The key has been used, or the database cannot be reached.
    pub async fn ask(
        &self,
        id: &OrderId,
        guard: Option<&IdempotencyGuard>,
        now: OffsetDateTime,
    ) -> Result<(), GuardedError> {
        let write = Write::update(keys::order(id.as_str()), Condition::Present)
            .increment("statusRequestCount");
        if guard.is_none() {
            self.orders.table.update(write).await?;
            return Ok(());
        }
        Guarded { guard, writes: vec![write], now }.run(&self.orders.table).await.map(drop)
    }

    /// Keeps a notification that changes nothing. False: it is kept already, and nothing was
    /// written.
    ///
    /// # Errors
    /// The key has been used, or the database cannot be reached.
    pub async fn keep(
        &self,
        id: &OrderId,
        new: &NewNotification,
        guard: Option<&IdempotencyGuard>,
        now: OffsetDateTime,
    ) -> Result<bool, GuardedError> {
        let writes = vec![notification(id.as_str(), new)?];
        let outcome = Guarded { guard, writes, now }.run(&self.orders.table).await?;
        Ok(matches!(outcome, Outcome::Done))
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
