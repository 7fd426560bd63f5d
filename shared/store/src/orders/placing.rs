//! Placing orders of any kind: the order, what it locks and claims, and the stored response in one
//! transaction.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{idempotency::IdempotencyGuard, order::Timing, service_order::ServiceOrderId};
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::from_attribute_value;
use time::OffsetDateTime;

use super::{
    Stored,
    stored::{state, watch},
};
use crate::{
    conditions::Condition,
    connection::Table,
    error::{GuardedError, StoreError},
    expression::{Write, number, text},
    keys::{self, Key},
    quota::Permit,
    transaction::{Failed, Guarded, Outcome},
};

/// A write of a placement, and what its refusal makes of the placement.
pub(crate) struct Part<P> {
    write: Write,
    refused: fn(Failed) -> Result<P, StoreError>,
}

impl<P> Part<P> {
    pub(crate) fn new(write: Write, refused: fn(Failed) -> Result<P, StoreError>) -> Self {
        Self { write, refused }
    }

    /// A write under an id that is not generated twice: enough of its bits are random.
    pub(crate) fn of_new_id(write: Write) -> Self {
        let corrupt = |_| Err(StoreError::Corrupt("an order's id was generated twice".to_owned()));
        Self::new(write, corrupt)
    }
}

/// The write of a new order, of which nothing is published. `body` is what its kind stores of it
/// once and for all.
pub(crate) fn placed<L: Stored>(
    order: &L,
    correlation_id: &str,
    body: impl Serialize,
    context: &L::Context,
    timing: Timing,
) -> Result<Write, StoreError> {
    let id = order.id();
    let write = Write::put(keys::order(&id).attributes(), Condition::Absent)
        .set("kind", text(L::KIND.as_str()))
        .set("correlationId", text(correlation_id))
        .set("revision", number(order.revision()))
        .set_all(body)?;
    let counters = ["publishedSequence", "workSeq", "fence", "attempts"];
    let write = counters.into_iter().fold(write, |write, counter| write.set(counter, number(0)));
    let action = order.next_action(context, timing);
    Ok(watch(state(order, write)?, &id, (action, Some(order.revision())), Some(timing)))
}

/// Names the service order whose item a new order executes: its worker is called when this order
/// ends. It is read by the relay only.
pub(crate) fn of_parent(write: Write, parent: Option<ServiceOrderId>) -> Write {
    match parent {
        Some(parent) => write.set("parent", text(parent.to_string())),
        None => write,
    }
}

/// Locks what an order is for, as it was read: what was decided by it stands only then.
pub(crate) fn lock(key: Key, revision: u64, order: AttributeValue) -> Write {
    Write::update(key, Condition::AsReadAndUnlocked { revision })
        .set("outstandingOrder", order)
        .next_revision()
}

/// The order that holds a lock which was refused; none: it was refused because of a change.
pub(crate) fn outstanding<T: DeserializeOwned>(mut lock: Failed) -> Result<Option<T>, StoreError> {
    let order = lock.found.remove("outstandingOrder");
    Ok(order.map(from_attribute_value).transpose()?)
}

/// Places an order of an owner, whose rate is limited; none: the order was counted before. Of
/// several writes that are refused the first one counts.
///
/// Dies before the transaction: nothing happened. Dies after it: the order is placed, the stream
/// carries it on, and the caller learns of it by its key.
///
/// # Errors
/// The key has been used, the owner has placed as many orders as it may, or the database cannot be
/// reached.
pub(crate) async fn place<P>(
    table: &Table,
    owner: Option<String>,
    guard: Option<&IdempotencyGuard>,
    parts: Vec<Part<P>>,
    done: P,
    now: OffsetDateTime,
) -> Result<P, GuardedError> {
    let (mut writes, meanings): (Vec<_>, Vec<_>) =
        parts.into_iter().map(|Part { write, refused }| (write, refused)).unzip();
    let permit = owner.map(|owner| table.quota.take(owner, 1, now)).transpose()?;
    // Last: an order that cannot be placed is refused for its own reason.
    writes.extend(permit.as_ref().and_then(Permit::write));
    let reasons = match (Guarded { guard, writes, now }).run(table).await {
        Ok(Outcome::Done) => {
            permit.into_iter().for_each(Permit::used);
            return Ok(done);
        }
        Ok(Outcome::Refused(reasons)) => reasons,
        Err(error) => {
            if matches!(error, GuardedError::KeyUsed(_)) {
                permit.into_iter().for_each(Permit::returned);
            }
            return Err(error);
        }
    };
    let refused =
        meanings.into_iter().zip(reasons).find_map(|(refused, why)| Some((refused, why?)));
    match (refused, permit) {
        (Some((refused, why)), permit) => {
            permit.into_iter().for_each(Permit::returned);
            Ok(refused(why)?)
        }
        (None, Some(permit)) => Err(permit.refused().into()),
        (None, None) => Err(StoreError::Corrupt("refused without a reason".to_owned()).into()),
    }
}
