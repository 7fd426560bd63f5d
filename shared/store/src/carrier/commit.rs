//! What goes with an event of a carrier order: its document, its notifications, and the way to it
//! by the Seller's id.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    carrier::{BuyerOrder, CarrierSide, OrderId},
    idempotency::IdempotencyGuard,
    order::{Applied, Lifecycle},
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{DynamoBuyerWork, NewNotification};
use crate::{
    conditions::{Condition, Millis},
    connection::Updated,
    error::{GuardedError, StoreError, unguarded},
    expression::{Write, text},
    keys::{self, Key},
    orders::{Attempt, Authority, Committed, OrderWork, Stored},
    records::to_millis,
    transaction::{self, Guarded, Outcome},
    watchdog,
};

/// An event of an order, to be committed.
#[derive(Clone, Copy)]
pub struct CarrierCommit<'a, L: Lifecycle> {
    /// The order after the event.
    pub applied: &'a Applied<L>,
    /// A new document, JSON text, when it has changed.
    pub document: Option<&'a str>,
    /// What the Buyer is told.
    pub notifications: &'a [NewNotification],
    /// By what right.
    pub by: Authority<'a>,
    /// What is due depends on it.
    pub context: &'a L::Context,
}

/// A notification that a remote Seller has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedNotification {
    /// Its `notificationVersion`, if it has one. One without is known by its content.
    pub version: Option<u32>,
    /// The `orderNotification`, JSON text.
    pub body: String,
}

/// What came of committing what a notification makes of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommittedNotification {
    /// Stored, and the notification with it: the order as it is now.
    Done(Box<BuyerOrder>),
    /// A notification without a number and with the same content came before: nothing was changed.
    Repeated,
    /// The order is not as it was read: nothing was changed.
    Superseded,
}

impl<L: Stored + CarrierSide> OrderWork<L> {
    /// Commits an event: order, document and notifications at once.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn commit_with_texts(
        &self,
        commit: &CarrierCommit<'_, L>,
    ) -> Result<Committed<L>, StoreError> {
        self.commit_call(commit, None).await.map_err(unguarded)
    }

    /// The same for a call of one of the parties, which may have an idempotency key: its
    /// response is stored in the same transaction.
    ///
    /// # Errors
    /// The key has been used, and nothing was changed; or the database cannot be reached.
    pub async fn commit_call(
        &self,
        commit: &CarrierCommit<'_, L>,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<Committed<L>, GuardedError> {
        self.link_seller_order(commit.applied).await?;
        let CarrierCommit { applied, by, context, .. } = commit;
        self.commit_with(applied, *by, context, texts(commit), guard).await
    }

    /// First the way to the order by the Seller's id, then what is written once: a caller that dies
    /// in between does both again. An id that the Seller gives twice leads to the first order.
    async fn link_seller_order(&self, applied: &Applied<L>) -> Result<(), StoreError> {
        let Some(theirs) = L::new_seller_order(applied.effect()) else { return Ok(()) };
        let header = &applied.order().order().header;
        let way = reference(&keys::sold(&header.seller, theirs), &header.id);
        transaction::run(&self.orders.table, vec![way]).await.map(drop)
    }

    /// Clears the watchdog of an order that has released its resources, if all is published.
    ///
    /// # Errors
    /// The database cannot be reached; the sweeper then does it.
    pub async fn clear_watchdog(&self, id: &OrderId) -> Result<(), StoreError> {
        self.orders.table.update(watchdog::cleared(id.as_str())).await.map(drop)
    }

    /// Notes that the Buyer requests the status: the response is pushed to it. The watchdog sees
    /// to that, whether the order is at rest or waits until a later time. A request without a key
    /// whose response was lost may be noted twice, and is then answered twice.
    ///
    /// # Errors
    /// The key has been used, or the database cannot be reached.
    pub async fn ask(
        &self,
        id: &OrderId,
        guard: Option<&IdempotencyGuard>,
        now: OffsetDateTime,
    ) -> Result<(), GuardedError> {
        let due = self.timing(now).deadline();
        let ask = |condition| {
            Write::update(keys::order(id.as_str()), condition).increment("statusRequestCount")
        };
        let later = Condition::DueLater { due: Millis(to_millis(due)) };
        if !self.asked(watchdog::due_at(ask(later), id.as_str(), due), guard, now).await? {
            // The sweeper looks at it before, or an operator does.
            self.asked(ask(Condition::Present), guard, now).await?;
        }
        Ok(())
    }

    /// False: the condition does not hold.
    async fn asked(
        &self,
        write: Write,
        guard: Option<&IdempotencyGuard>,
        now: OffsetDateTime,
    ) -> Result<bool, GuardedError> {
        if guard.is_none() {
            return Ok(matches!(self.orders.table.update(write).await?, Updated::Applied(_)));
        }
        let outcome = Guarded { guard, writes: vec![write], now }.run(&self.orders.table).await?;
        Ok(matches!(outcome, Outcome::Done))
    }
}

/// The writes of the document and of the notifications.
fn texts<L: Stored + CarrierSide>(commit: &CarrierCommit<'_, L>) -> Vec<Write> {
    let id = commit.applied.order().id();
    let mut writes = Vec::with_capacity(1 + commit.notifications.len());
    if let Some(document) = commit.document {
        let write = Write::update(keys::document(&id), Condition::Present);
        writes.push(write.set("document", text(document)));
    }
    writes.extend(commit.notifications.iter().map(|new| notification(&id, new)));
    writes
}

/// The write of a claim on a number of an order, by which the order is found.
pub(super) fn reference(key: &Key, order: &OrderId) -> Write {
    Write::put(key.attributes(), Condition::Unclaimed).set("order", text(order.as_str()))
}

/// The write that stores a notification. Its number is taken by the state it goes with, so that
/// numbers have no gap and none is given twice.
pub(super) fn notification(id: &str, new: &NewNotification) -> Write {
    stored(&keys::notification(id, new.version), &new.body, new.pushed)
}

fn stored(key: &Key, body: &str, pushed: bool) -> Write {
    let write = Write::put(key.attributes(), Condition::Absent).set("body", text(body));
    write.set("pushed", AttributeValue::Bool(pushed))
}

impl DynamoBuyerWork {
    /// Commits what a notification makes of an order, and stores the notification with it.
    ///
    /// # Errors
    /// The key has been used, and nothing was changed; or the database cannot be reached.
    pub async fn commit_notification(
        &self,
        applied: &Applied<BuyerOrder>,
        received: &ReceivedNotification,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<CommittedNotification, GuardedError> {
        self.link_seller_order(applied).await?;
        let notes = received.writes(applied.order(), applied.at());
        let commit = |notes| self.attempt(applied, Authority::Party, &None, notes, guard);
        let mut attempt = commit(notes).await?;
        if matches!(attempt, Attempt::Refused) && received.version.is_some() {
            // One with this number was stored that moved nothing: what this one says counts.
            attempt = commit(Vec::new()).await?;
        }
        Ok(match attempt {
            Attempt::Done(order) => CommittedNotification::Done(order),
            Attempt::Superseded => CommittedNotification::Superseded,
            Attempt::Refused => CommittedNotification::Repeated,
        })
    }

    /// Stores a notification that changes nothing. False: it is stored already, and nothing was
    /// written.
    ///
    /// # Errors
    /// The key has been used, or the database cannot be reached.
    pub async fn keep(
        &self,
        order: &BuyerOrder,
        received: &ReceivedNotification,
        guard: Option<&IdempotencyGuard>,
        now: OffsetDateTime,
    ) -> Result<bool, GuardedError> {
        let writes = received.writes(order, now);
        let outcome = Guarded { guard, writes, now }.run(&self.orders.table).await?;
        Ok(matches!(outcome, Outcome::Done))
    }
}

impl ReceivedNotification {
    /// The writes that store it. The Seller's number is its key. Without one it takes none, which
    /// the next with a number could have: it is stored in the order in which it came, and once,
    /// however often the Seller sends it.
    fn writes(&self, order: &BuyerOrder, now: OffsetDateTime) -> Vec<Write> {
        let id = order.id();
        // Not pushed: the Buyer is here.
        let note = |key: Key| stored(&key, &self.body, false);
        if let Some(version) = self.version {
            return vec![note(keys::notification(&id, version))];
        }
        let content: String =
            Sha256::digest(&self.body).iter().map(|byte| format!("{byte:02x}")).collect();
        let known = keys::known_notification(&id, &content);
        let latest = order.order.progress.notification_version;
        let key = keys::unnumbered_notification(&id, latest, to_millis(now), &content);
        vec![note(key), Write::put(known.attributes(), Condition::Absent)]
    }
}
