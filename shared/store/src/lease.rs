//! Leases of orders of any kind.

use domain::lease::Lease;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::{Duration, OffsetDateTime};

use crate::{
    conditions::Condition,
    connection::{Item, Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys::Key,
    records::{OrderHeader, to_millis},
};

/// What came of asking for a lease.
pub(crate) enum Taken {
    /// Taken; the order's item as it is now.
    Mine(Item, Lease),
    /// Another worker holds the order, or it has moved on.
    Held,
}

fn key(header: &OrderHeader) -> Key {
    Key { pk: header.pk.clone(), sk: header.sk.clone() }
}

/// Takes the lease of an order that was just read, for `length`, which must outlive the function:
/// its time-out and some margin.
///
/// Every value is absolute: when the answer to the update is lost and the SDK sends it again, the
/// owner tells our own write from another's.
pub(crate) async fn take(
    table: &Table,
    header: &OrderHeader,
    owner: String,
    length: Duration,
    now: OffsetDateTime,
) -> Result<Taken, StoreError> {
    if header.lease_until.is_some_and(|until| until >= to_millis(now)) {
        return Ok(Taken::Held);
    }
    let lease = Lease {
        fence: header.fence().next(),
        owner,
        until: now + length,
        attempt: header.attempts + 1,
    };
    let unleased =
        Condition::OpenAndUnleased { status: &header.status, fence: header.fence(), now };
    let write = Write::update(key(header), unleased)
        .set("fence", number(lease.fence.0))
        .set("leaseOwner", text(&lease.owner))
        .set("leaseUntil", number(to_millis(lease.until)))
        .set("attempts", number(lease.attempt))
        .next_revision();
    match table.update(write).await? {
        Updated::Applied(item) => Ok(Taken::Mine(item, lease)),
        Updated::Refused(item) if item.is_empty() => Ok(Taken::Held),
        Updated::Refused(item) => {
            let found: OrderHeader = from_item(item.clone())?;
            if found.lease_owner.as_ref() == Some(&lease.owner) {
                return Ok(Taken::Mine(item, lease));
            }
            Ok(Taken::Held)
        }
    }
}

/// The write that gives a lease back.
pub(crate) fn given_back(order_id: &str, lease: &Lease) -> Write {
    Write::update(crate::keys::order(order_id), Condition::LeasedBy { owner: &lease.owner })
        .remove("leaseOwner")
        .remove("leaseUntil")
        .next_revision()
}
