//! Leases of orders of any kind.

use domain::{lease::Lease, order::Status as _};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::{Duration, OffsetDateTime};

use super::{OrderWork, Stored};
use crate::{
    conditions::Condition,
    connection::{Item, Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::{OrderHeader, to_millis},
};

/// What came of asking for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leased<L> {
    /// The order is this worker's until the lease ends.
    Mine(Box<L>, Lease),
    /// Another worker holds it.
    Held,
    /// It has ended, and nothing is due on it.
    Ended,
    /// There is no such order.
    Absent,
}

impl<L: Stored> OrderWork<L> {
    /// Takes the lease of an order for `length`, which must outlive the function: its time-out
    /// and some margin.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn lease(
        &self,
        id: impl ToString + Send,
        owner: String,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<Leased<L>, StoreError> {
        let id = id.to_string();
        if L::OPEN_IS_DUE {
            return self.lease_due(&id, owner, length, now).await;
        }
        let Some(item) = self.orders.item(&id).await? else { return Ok(Leased::Absent) };
        let header: OrderHeader = from_item(item.clone())?;
        if header.work_by.is_none() && L::from_item(item)?.status().is_final() {
            return Ok(Leased::Ended);
        }
        match take(&self.orders.table, &id, &header, owner, length, now).await? {
            Some((item, lease)) => Ok(Leased::Mine(Box::new(L::from_item(item)?), lease)),
            None => Ok(Leased::Held),
        }
    }
}

impl<L: Stored> OrderWork<L> {
    /// Takes the lease of an order on which work is due, without reading it before.
    ///
    /// Fence and attempts are counted by the database: when the response to the update is lost and
    /// the SDK sends it again, the lease itself refuses it, and the owner tells our own write from
    /// another's.
    async fn lease_due(
        &self,
        id: &str,
        owner: String,
        length: Duration,
        now: OffsetDateTime,
    ) -> Result<Leased<L>, StoreError> {
        let until = now + length;
        let condition = Condition::DueAndUnleased { kind: L::KIND.as_str(), now };
        let write = Write::update(keys::order(id), condition)
            .increment("fence")
            .increment("attempts")
            .set("leaseOwner", text(&owner))
            .set("leaseUntil", number(to_millis(until)))
            .next_revision();
        let (item, is_mine) = match self.orders.table.update(write).await? {
            Updated::Applied(item) => (item, true),
            Updated::Refused(item) => {
                let is_mine = item.get("leaseOwner") == Some(&text(&owner));
                (item, is_mine)
            }
        };
        if !L::is_in(&item) {
            return Ok(Leased::Absent);
        }
        let header: OrderHeader = from_item(item.clone())?;
        if is_mine {
            let lease = Lease {
                fence: header.fence(),
                owner,
                until,
                attempt: header.attempts,
                watched: header.watched()?,
            };
            return Ok(Leased::Mine(Box::new(L::from_item(item)?), lease));
        }
        Ok(if header.is_leased(now) { Leased::Held } else { Leased::Ended })
    }
}

/// Takes the lease of an order that was just read. None: another worker holds it, or it has
/// changed.
///
/// Every value is absolute: when the response to the update is lost and the SDK sends it again,
/// the owner tells our own write from another's.
async fn take(
    table: &Table,
    id: &str,
    header: &OrderHeader,
    owner: String,
    length: Duration,
    now: OffsetDateTime,
) -> Result<Option<(Item, Lease)>, StoreError> {
    if header.is_leased(now) {
        return Ok(None);
    }
    let lease = Lease {
        fence: header.fence().next(),
        owner,
        until: now + length,
        attempt: header.attempts + 1,
        watched: header.watched()?,
    };
    let (status, fence) = (&*header.status, header.fence());
    let condition = Condition::OpenAndUnleased { status, fence, now };
    let write = Write::update(keys::order(id), condition)
        .set("fence", number(lease.fence.0))
        .set("leaseOwner", text(&lease.owner))
        .set("leaseUntil", number(to_millis(lease.until)))
        .set("attempts", number(lease.attempt))
        .next_revision();
    match table.update(write).await? {
        Updated::Applied(item) => Ok(Some((item, lease))),
        Updated::Refused(item) if item.is_empty() => Ok(None),
        Updated::Refused(item) => {
            let found: OrderHeader = from_item(item.clone())?;
            Ok((found.lease_owner.as_ref() == Some(&lease.owner)).then_some((item, lease)))
        }
    }
}

/// The write that releases a lease.
pub(super) fn released(order_id: &str, lease: &Lease) -> Write {
    Write::update(keys::order(order_id), Condition::LeasedBy { owner: &lease.owner })
        .remove("leaseOwner")
        .remove("leaseUntil")
        .next_revision()
}
