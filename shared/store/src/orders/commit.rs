//! Committing what happened to an order: the order and all that the event causes, at once.

use domain::{
    idempotency::IdempotencyGuard,
    lease::Lease,
    order::{Applied, Status as _, Timing},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use super::{OrderWork, Stored, quiet, state, watch, went_on};
use crate::{
    conditions::Condition,
    connection::Updated,
    error::{GuardedError, StoreError, unguarded},
    expression::Write,
    keys,
    records::{ArchiveRecord, OrderHeader},
    transaction::{Guarded, Outcome},
};

/// By what right an order is changed.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// A worker, under its lease.
    Worker(&'a Lease),
    /// The operator, while no worker holds the order.
    Operator,
    /// A call of one of its parties, which takes the order away from any worker: the fence rises,
    /// and a worker that holds the order cannot commit what it computed from the state before,
    /// nor claim anything more for it.
    Party,
}

/// What came of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed<L> {
    /// Stored: the order as it is now.
    Done(Box<L>),
    /// The order is not as it was read, or another worker's: nothing was changed.
    Superseded,
}

/// [`Committed`], with the writes that were refused beside the order's.
pub(crate) enum Attempt<L> {
    Done(Box<L>),
    Superseded,
    Refused,
}

impl<L: Stored> OrderWork<L> {
    /// Commits an event: the order, what is due on it now, and what the event causes, in one
    /// transaction.
    ///
    /// # Errors
    /// The database cannot be reached, then whether it is done is unknown; or what the order holds
    /// contradicts it.
    pub async fn commit(
        &self,
        applied: &Applied<L>,
        by: Authority<'_>,
        context: &L::Context,
    ) -> Result<Committed<L>, StoreError> {
        self.commit_with(applied, by, context, Vec::new(), None).await.map_err(unguarded)
    }

    /// The same with further writes, and for a call that may have an idempotency key: its response
    /// is stored in the same transaction.
    ///
    /// # Errors
    /// The key has been used, and nothing was changed; or as [`OrderWork::commit`].
    pub(crate) async fn commit_with(
        &self,
        applied: &Applied<L>,
        by: Authority<'_>,
        context: &L::Context,
        extra: Vec<Write>,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<Committed<L>, GuardedError> {
        match self.attempt(applied, by, context, extra, guard).await? {
            Attempt::Done(order) => Ok(Committed::Done(order)),
            Attempt::Superseded => Ok(Committed::Superseded),
            Attempt::Refused => {
                let id = applied.order().id();
                Err(StoreError::Corrupt(format!("order {id} and what it holds disagree")).into())
            }
        }
    }

    /// The first write is the order's: only its refusal says that it was superseded.
    pub(crate) async fn attempt(
        &self,
        applied: &Applied<L>,
        by: Authority<'_>,
        context: &L::Context,
        extra: Vec<Write>,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<Attempt<L>, GuardedError> {
        let order = self.order_write(applied, by, context)?;
        let mut writes = effects(applied)?;
        writes.extend(extra);
        let alone = L::KEEPS_LEASE && guard.is_none() && writes.is_empty();
        if let (true, Authority::Worker(lease)) = (alone, by) {
            return Ok(self.update(applied, order, lease).await?);
        }
        writes.insert(0, order);
        let outcome = Guarded { guard, writes, now: applied.at() }.run(&self.orders.table).await?;
        Ok(match outcome {
            Outcome::Done => Attempt::Done(Box::new(applied.order().clone())),
            Outcome::Refused(reasons) => match reasons.first() {
                Some(Some(_)) => Attempt::Superseded,
                _ => Attempt::Refused,
            },
        })
    }

    fn order_write(
        &self,
        applied: &Applied<L>,
        by: Authority<'_>,
        context: &L::Context,
    ) -> Result<Write, StoreError> {
        let is_quiet = self.is_quiet();
        let write = order_write(applied, by, context, self.timing(applied.at()), is_quiet)?;
        Ok(quiet(write, is_quiet))
    }

    /// A step that writes nothing else, under a lease that goes on.
    async fn update(
        &self,
        applied: &Applied<L>,
        write: Write,
        lease: &Lease,
    ) -> Result<Attempt<L>, StoreError> {
        let item = match self.orders.table.update(write).await? {
            Updated::Applied(item) | Updated::Refused(item) => item,
        };
        if item.is_empty() {
            return Ok(Attempt::Superseded);
        }
        // Refused, and yet as it should be: our own write, whose response was lost.
        let header: OrderHeader = from_item(item.clone())?;
        let stored = L::from_item(item)?;
        let mine = header.fence == lease.fence.0
            && stored.revision() == applied.order().revision()
            && applied.order().is_stored_as(&stored);
        Ok(if mine { Attempt::Done(Box::new(stored)) } else { Attempt::Superseded })
    }
}

/// The writes beside the order's own: those of its kind, and what its history has no room for.
fn effects<L: Stored>(applied: &Applied<L>) -> Result<Vec<Write>, StoreError> {
    let mut writes = L::effects(applied)?;
    if let Some(archive) = ArchiveRecord::new(&applied.order().id(), applied.archived()) {
        writes.push(Write::put(to_item(archive)?, Condition::Absent));
    }
    Ok(writes)
}

/// The write that takes an order from what was read to what an event made of it.
fn order_write<L: Stored>(
    applied: &Applied<L>,
    by: Authority<'_>,
    context: &L::Context,
    timing: Timing,
    is_quiet: bool,
) -> Result<Write, StoreError> {
    let (order, id) = (applied.order(), applied.order().id());
    let (status, from) = (order.status(), applied.from());
    let condition = match by {
        Authority::Worker(Lease { fence, .. }) if L::OTHERS_WRITE => {
            Condition::AsReadUnderFence { revision: applied.read_revision(), fence: *fence }
        }
        Authority::Worker(Lease { fence, .. }) => {
            Condition::OpenUnderFence { status: from.as_str(), fence: *fence }
        }
        Authority::Operator => Condition::OpenAsReadAndUnleased {
            status: from.as_str(),
            revision: applied.read_revision(),
            now: applied.at(),
        },
        Authority::Party => Condition::AsRead { revision: applied.read_revision() },
    };
    let write = order.set_state(Write::update(keys::order(&id), condition).next_revision())?;
    let write = went_on(state(order, write)?);
    let write = match by {
        Authority::Party => write.increment("fence"),
        Authority::Worker(_) | Authority::Operator => write,
    };
    let goes_on = L::KEEPS_LEASE && matches!(by, Authority::Worker(_)) && !status.is_final();
    let write = if applied.was_marked() || !goes_on {
        // It goes on: it needs no intervention any more.
        ["needsInterventionSince", "needsInterventionWhy", "needsInterventionRetried"]
            .into_iter()
            .fold(write, Write::remove)
    } else {
        write
    };
    if goes_on && !applied.was_marked() {
        // The worker that holds it goes on itself; the watchdog stays as it is.
        return Ok(write);
    }
    let write = match goes_on {
        true => write,
        false => write.remove("leaseOwner").remove("leaseUntil"),
    };
    let call = (!goes_on).then(|| order.revision());
    let action = order.next_action(context, timing);
    if action.due().is_none() && is_quiet {
        // Nothing is due, and nobody is to be told: the sweeper need not look at it.
        return Ok(watch(write, &id, (action, None), None).remove("dueShard").remove("dueAt"));
    }
    if action.due().is_none() && is_watched(by, timing) {
        return Ok(watch(write, &id, (action, None), None));
    }
    Ok(watch(write, &id, (action, call), Some(timing)))
}

/// Whether the sweeper looks at the order soon enough to see whether all is published, and not too
/// soon: to move its entry in the index costs two write units.
fn is_watched(by: Authority<'_>, timing: Timing) -> bool {
    let Authority::Worker(Lease { watched: Some(at), .. }) = by else { return false };
    (timing.now + timing.watchdog / 2..=timing.deadline()).contains(at)
}
