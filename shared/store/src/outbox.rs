//! The outbox: an order's item is the event. What a change of it calls for is read off its images.

use std::time::Duration;

use domain::{identity::Tenant, order::OrderKind};
use serde_dynamo::Item;
use time::OffsetDateTime;

use crate::{
    error::StoreError,
    keys,
    records::{OrderHeader, from_millis},
};

/// The longest delay of a message (SQS). Work that must wait longer is the sweeper's to call for.
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// A change of an order, as the table's stream shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// The order's id, as text.
    pub id: String,
    /// Its kind.
    pub kind: OrderKind,
    /// Its revision now.
    pub revision: u64,
    /// Whether something has happened to it that has to be published.
    pub publishes: bool,
    /// Follows the request.
    pub correlation_id: String,
    /// The tenant that placed it, if it is known.
    pub tenant: Option<Tenant>,
    works: bool,
    after: Option<OffsetDateTime>,
}

impl OrderChange {
    /// The change between two images of one item. None when it is no order.
    ///
    /// # Errors
    /// An order that cannot be read.
    pub fn of(old: Item, new: Item) -> Result<Option<Self>, StoreError> {
        let is_order = new
            .get("sk")
            .is_some_and(|sk| matches!(sk, serde_dynamo::AttributeValue::S(sk) if sk == "ORDER"));
        if !is_order {
            return Ok(None);
        }
        let old: Option<OrderHeader> =
            if old.is_empty() { None } else { Some(serde_dynamo::from_item(old)?) };
        let header: OrderHeader = serde_dynamo::from_item(new)?;
        let id = keys::order_id(&header.pk)
            .ok_or_else(|| StoreError::Corrupt("an order's key".to_owned()))?;
        Ok(Some(Self {
            id: id.to_owned(),
            kind: header.kind,
            publishes: old.as_ref().is_none_or(|old| happened(old, &header)),
            works: old.map_or(0, |old| old.work_seq) < header.work_seq,
            after: header.work_after.map(from_millis).transpose()?,
            revision: header.revision,
            correlation_id: header.correlation_id,
            tenant: header.tenant,
        }))
    }

    /// The id of the order in an image of its item that cannot be read as a whole.
    pub fn id_in(image: &Item) -> Option<&str> {
        match image.get("pk") {
            Some(serde_dynamo::AttributeValue::S(pk)) => keys::order_id(pk),
            _ => None,
        }
    }

    /// With what delay the order's worker is to be called, if the change calls for it.
    pub fn work(&self, now: OffsetDateTime) -> Option<Duration> {
        let wait = self.after.map_or(time::Duration::ZERO, |after| after - now);
        let wait = Duration::try_from(wait).unwrap_or_default();
        (self.works && wait <= LONGEST_DELAY).then_some(wait)
    }
}

/// The stream hides what is written while a worker has the order: whatever happened then is
/// published when the lease is released.
fn happened(old: &OrderHeader, new: &OrderHeader) -> bool {
    let counts = |header: &OrderHeader| {
        let backlog = header.backlog.unwrap_or_default();
        (backlog.notification_count, backlog.status_request_count)
    };
    let (before, after) = (counts(old), counts(new));
    let since = old.sequence < new.sequence || before.0 < after.0 || before.1 < after.1;
    since || (old.lease_owner.is_some() && new.unpublished())
}
