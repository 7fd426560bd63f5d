//! Moving carrier orders on: by a worker under its lease, or by a call of one of the parties.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    carrier::OrderId,
    idempotency::{Once, Remembered},
    identity::Tenant,
    lease::Lease,
    order::{NextAction, Timing},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value, to_item};
use time::{Duration, OffsetDateTime};

use super::{CarrierDue, CarrierOrder, DynamoCarrierOrders, NewNotification, WorkDue};
use crate::{
    conditions::{Condition, EpochSeconds},
    connection::Table,
    error::StoreError,
    expression::{Write, number, text},
    keys,
    orders::{released, take, watch},
    records::{CarrierRecord, IdempotencyRecord, NotificationRecord, PonRecord, history_record},
    transaction::{self, Outcome},
    watchdog,
};

/// What came of asking for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeasedCarrierOrder {
    /// The order is this worker's until the lease ends.
    Mine(Box<CarrierOrder>, Lease),
    /// Another worker holds it.
    Held,
    /// There is no such order.
    Absent,
}

/// A step of an order, to be stored.
#[derive(Debug)]
pub struct CarrierCommit<'a> {
    /// The order as it shall be; its `revision` is the one that was read.
    pub order: &'a CarrierOrder,
    /// A new document, JSON text, when it has changed.
    pub document: Option<&'a str>,
    /// What the Buyer is told.
    pub notifications: &'a [NewNotification],
    /// By when something must have happened.
    pub due: CarrierDue,
    /// The caller's key, and the answer to remember under it.
    pub once: Option<(&'a Tenant, &'a Once, &'a Remembered)>,
    /// Now.
    pub now: OffsetDateTime,
    /// The worker's lease; none for a call of one of the parties, which takes the order away
    /// from any worker.
    pub lease: Option<&'a Lease>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierCommitted {
    /// Stored.
    Done,
    /// The order is no more as it was read: nothing was changed.
    Superseded,
    /// The caller's key has been used: this was the answer then. Nothing was changed.
    Repeated(Remembered),
}

/// Moves carrier orders on.
#[derive(Debug, Clone)]
pub struct DynamoCarrierWork {
    pub(super) orders: DynamoCarrierOrders,
    pub(super) table: Table,
}

impl DynamoCarrierWork {
    /// In this table.
    pub fn new(table: Table) -> Self {
        Self { orders: DynamoCarrierOrders::new(table.clone()), table }
    }

    /// The order, its document and its other orders, to read.
    pub const fn orders(&self) -> &DynamoCarrierOrders {
        &self.orders
    }

    /// Takes the lease of an order, in whatever state it is.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn lease(
        &self,
        id: &OrderId,
        owner: String,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<LeasedCarrierOrder, StoreError> {
        let key = keys::order(id.as_str());
        let Some(record) = self.table.get_consistent::<CarrierRecord>(&key).await? else {
            return Ok(LeasedCarrierOrder::Absent);
        };
        match take(&self.table, id.as_str(), &record.header, owner, length, now).await? {
            None => Ok(LeasedCarrierOrder::Held),
            Some((item, lease)) => {
                let order = CarrierOrder::try_from(from_item::<CarrierRecord>(item)?)?;
                Ok(LeasedCarrierOrder::Mine(Box::new(order), lease))
            }
        }
    }

    /// Releases a lease without a step; `due` is by when the next one must have happened, if it
    /// is our turn. An order that needs intervention stays marked and listed.
    ///
    /// # Errors
    /// The database cannot be reached; the lease then expires.
    pub async fn release_lease(
        &self,
        order: &CarrierOrder,
        lease: &Lease,
        due: Option<WorkDue>,
    ) -> Result<(), StoreError> {
        let id = order.header.id.as_str();
        let write = released(id, lease);
        let write = if order.needs_intervention.is_some() {
            write.set("needsInterventionRetried", AttributeValue::Bool(true))
        } else {
            watch(write, id, (action(due, None), None), None)
        };
        self.table.update(write).await.map(drop)
    }

    /// Marks an order that a worker holds as needing intervention. A second mark keeps the time
    /// of the first.
    ///
    /// # Errors
    /// The database cannot be reached; the dead-letter consumer then marks it.
    pub async fn mark_needs_intervention(
        &self,
        order: &CarrierOrder,
        lease: &Lease,
        why: &str,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let id = order.header.id.as_str();
        let since = order.needs_intervention.as_ref().map_or(now, |known| known.since);
        let write = watchdog::marked(released(id, lease), id, why, since);
        self.table.update(write).await.map(drop)
    }

    /// Clears the watchdog of an order that has released its resources, if all is published.
    ///
    /// # Errors
    /// The database cannot be reached; the sweeper then does it.
    pub async fn clear_watchdog(&self, id: &OrderId) -> Result<(), StoreError> {
        self.table.update(watchdog::cleared(id.as_str())).await.map(drop)
    }

    /// Notes that the Buyer asks how the order stands: the answer is pushed to it. A question
    /// whose answer was lost may be noted twice, and is then answered twice.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn ask(&self, id: &OrderId) -> Result<(), StoreError> {
        let write = Write::update(keys::order(id.as_str()), Condition::Present)
            .increment("statusRequestCount");
        self.table.update(write).await.map(drop)
    }

    /// Keeps a notification that changes nothing, if it is not kept already.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn keep(&self, id: &OrderId, new: &NewNotification) -> Result<(), StoreError> {
        let writes = vec![notification(id.as_str(), new)?];
        transaction::run(&self.table, writes).await.map(drop)
    }

    /// Stores a step: state, document and notifications in one transaction.
    ///
    /// A call of one of the parties raises the fence: a worker that is at it cannot store what it
    /// worked out from the state before, nor claim anything more for it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn commit(&self, commit: &CarrierCommit<'_>) -> Result<CarrierCommitted, StoreError> {
        let CarrierCommit { order, document, notifications, .. } = commit;
        let id = order.header.id.as_str();
        // First the way to the order, then what is written once: whoever dies in between does
        // both again. An id that the Seller gives twice leads to the first order.
        if let Some(theirs) = order.newly_known() {
            let key = keys::sold(&order.header.seller, theirs);
            let record = PonRecord { pk: key.pk, sk: key.sk, order: order.header.id.clone() };
            let way = Write::put(to_item(record)?, Condition::Unclaimed);
            transaction::run(&self.table, vec![way]).await?;
        }
        let mut writes = vec![step(commit)?];
        if let Some(document) = document {
            let write = Write::update(keys::document(id), Condition::Present);
            writes.push(write.set("document", text(*document)));
        }
        for new in *notifications {
            writes.push(notification(id, new)?);
        }
        if let Some((tenant, once, answer)) = &commit.once {
            let record = IdempotencyRecord::new(tenant, once, answer, commit.now);
            let unused = Condition::KeyUnused { now: EpochSeconds::from(commit.now) };
            writes.push(Write::put(to_item(record)?, unused));
        }
        match transaction::run(&self.table, writes).await? {
            Outcome::Done => Ok(CarrierCommitted::Done),
            // A repeated request must be seen as one before it is seen to collide with itself.
            Outcome::Refused(mut reasons)
                if commit.once.is_some() && reasons.last().is_some_and(Option::is_some) =>
            {
                let found = reasons.pop().flatten().unwrap_or_default().found;
                Ok(CarrierCommitted::Repeated(from_item::<IdempotencyRecord>(found)?.into()))
            }
            Outcome::Refused(reasons) if reasons.first().is_some_and(Option::is_some) => {
                Ok(CarrierCommitted::Superseded)
            }
            Outcome::Refused(_) => {
                Err(StoreError::Corrupt(format!("order {id} and its notifications disagree")))
            }
        }
    }
}

fn step(commit: &CarrierCommit<'_>) -> Result<Write, StoreError> {
    let CarrierCommit { order, due, lease, .. } = commit;
    let key = keys::order(order.header.id.as_str());
    let revision = order.revision;
    let write = match lease {
        Some(Lease { fence, .. }) => {
            Write::update(key, Condition::AsReadUnderFence { revision, fence: *fence })
        }
        None => Write::update(key, Condition::AsRead { revision }).increment("fence"),
    };
    let write = write
        .next_revision()
        .increment("entityTag")
        .set("status", text(order.progress.status.as_str()))
        .set("progress", to_attribute_value(&order.progress)?)
        .set("version", to_attribute_value(&order.header.version)?)
        .set("requestedCompletion", to_attribute_value(&order.header.requested_completion)?)
        .set("desired", to_attribute_value(order.header.desired)?);
    // Each state has its number, so that whoever is told of them can put them in order.
    let history = history_record(&order.passed(commit.now));
    let sequence = i128::try_from(history.len()).unwrap_or(i128::MAX);
    let write = write
        .set("history", to_attribute_value(&history)?)
        .set("sequence", number(sequence))
        .set("notificationCount", number(order.progress.notification_version));
    let write = if order.release {
        write.set("release", AttributeValue::Bool(true))
    } else {
        write.remove("release")
    };
    let write = match &order.mirror {
        Some(mirror) => write
            .set("mirror", to_attribute_value(mirror)?)
            .set("passing", AttributeValue::Bool(mirror.next().is_some())),
        None => write,
    };
    let write = match &order.header.project {
        Some(project) => write.set("project", text(project)),
        None => write.remove("project"),
    };
    let write = [
        "leaseOwner",
        "leaseUntil",
        "needsInterventionSince",
        "needsInterventionWhy",
        "needsInterventionRetried",
    ]
    .into_iter()
    .fold(write, Write::remove);
    let now = commit.now;
    let delay = order.pace.map(|pace| now + Duration::seconds(pace.into()));
    let action = action(due.work, delay);
    let timing = Timing { now, watchdog: due.telling - now };
    Ok(watch(write, order.header.id.as_str(), (action, Some(revision + 1)), Some(timing)))
}

/// What is due, as the item says it.
pub(crate) fn action(due: Option<WorkDue>, after: Option<OffsetDateTime>) -> NextAction {
    match due {
        Some(WorkDue::By(by)) => NextAction::Work { after, by },
        Some(WorkDue::From(until)) => NextAction::Wait { until },
        None => NextAction::AwaitOthers,
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
