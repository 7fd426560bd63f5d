use aws_sdk_dynamodb::types::AttributeValue;
use domain::order::{Applied, FailedAttempt, Lifecycle, NextAction, Status as _, Timing};
use serde::Serialize;
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::Readable;
use crate::{
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::{history_record, to_millis},
};

/// A kind of order that can be stored.
pub trait Stored: Lifecycle<Status: Serialize> + Readable + Clone + PartialEq {
    /// Whether a worker goes on with the order after a commit, under the same lease, until the
    /// order ends. Else each commit releases the lease, and the next message takes another.
    const KEEPS_LEASE: bool = false;

    /// Whether others write what a worker decides by while it has the lease. Else the fence and the
    /// status say enough: a revision that only watchdog or marks have raised refuses nothing.
    const OTHERS_WRITE: bool = true;

    /// Whether its worker has something to do on each open order, so that what is stored says
    /// whether a lease may be taken. Else it depends on what else the worker reads.
    const OPEN_IS_DUE: bool = false;

    /// The order's id, as text.
    fn id(&self) -> String;

    /// Sets the attributes of the kind that an event may change.
    ///
    /// # Errors
    /// An attribute cannot be written.
    fn set_state(&self, write: Write) -> Result<Write, StoreError>;

    /// The writes that an event causes beside the order's own.
    ///
    /// # Errors
    /// What the order holds contradicts the event.
    fn effects(_: &Applied<Self>) -> Result<Vec<Write>, StoreError> {
        Ok(Vec::new())
    }

    /// Whether a stored order is this one: our own write, whose response was lost.
    fn is_stored_as(&self, stored: &Self) -> bool {
        self == stored
    }
}

/// Writes what orders of every kind have of their state.
pub(super) fn state<L: Stored>(order: &L, write: Write) -> Result<Write, StoreError> {
    let history = Some(history_record(order.history())).filter(|history| !history.is_empty());
    let write = write
        .set("status", text(order.status().as_str()))
        // Absolute, as every other value: the number of entries in the history.
        .set("sequence", number(order.sequence()))
        .set_or_remove("history", history.map(to_attribute_value).transpose()?);
    Ok(write.set_or_remove("awaitedStock", order.awaited_stock().map(text)))
}

/// Writes that an attempt came to nothing.
pub(super) fn failed(write: Write, attempt: &FailedAttempt) -> Write {
    let write =
        write.set("failedAt", number(to_millis(attempt.at))).set("failedWhy", text(&attempt.why));
    match attempt.next {
        Some(next) => write.set("retryAt", number(to_millis(next))),
        None => write.remove("retryAt"),
    }
}

/// Writes that an order went on: what failed before is no matter any more.
pub(super) fn went_on(write: Write) -> Write {
    ["failedAt", "failedWhy", "retryAt"].into_iter().fold(write, Write::remove)
}

/// Notes whether what is not published of an order has no watchdog, because nobody is to be told.
pub(super) fn quiet(write: Write, is_quiet: bool) -> Write {
    write.set_or_remove("quiet", is_quiet.then_some(AttributeValue::Bool(true)))
}

/// Writes what is due on an order, and when the watchdog looks at it: until `published` at the
/// latest, to see that everything was published. `call` is the order's revision when its worker
/// must be called.
pub(super) fn watch(
    write: Write,
    order_id: &str,
    (action, call): (NextAction, Option<u64>),
    published: Option<Timing>,
) -> Write {
    let millis = |at| number(to_millis(at));
    let by = action.due();
    let write = write
        .set_or_remove("workBy", by.map(millis))
        .set_or_remove("workAfter", action.not_before().map(millis));
    let write = match (action, call) {
        (NextAction::Work { .. }, Some(call)) => write.set("workSeq", number(call)),
        _ => write,
    };
    let published = published.map(Timing::deadline);
    match by.into_iter().chain(published).min() {
        Some(due) => write
            .set("dueShard", text(keys::due(keys::due_shard(order_id))))
            .set("dueAt", millis(due)),
        // Something may be unpublished: the sweeper clears the watchdog when nothing is.
        None => write,
    }
}
