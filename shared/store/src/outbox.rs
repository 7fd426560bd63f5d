//! The outbox: an order's item is the event. What a change of it tells is read off its images.

use domain::order::OrderKind;
use serde_dynamo::Item;

use crate::{error::StoreError, keys, records::OrderHeader};

/// A change of an order, as the table's stream tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// The order's id, as text.
    pub id: String,
    /// Which API it came by.
    pub kind: OrderKind,
    /// Its state before, in the words of its kind; none when it is new.
    pub before: Option<String>,
    /// Its state now.
    pub status: String,
    /// Whether it has taken a step that may call for the next one.
    pub stepped: bool,
    /// How many seconds the next step waits.
    pub pace: u32,
    /// Whether it has ended and holds what must still be given back.
    pub release: bool,
    /// Whether something waits to be passed on to its Seller; none when it is kept here.
    pub passing: Option<bool>,
    /// Its revision now.
    pub revision: u64,
    /// Whether something has happened to it that has to be told.
    pub tells: bool,
    /// Follows the request.
    pub correlation_id: String,
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
            tells: old.as_ref().is_none_or(|old| happened(old, &header)),
            stepped: old.as_ref().is_none_or(|old| old.step < header.step),
            pace: header.pace.unwrap_or_default(),
            release: header.release,
            passing: header.passing,
            before: old.map(|old| old.status),
            status: header.status,
            revision: header.revision,
            correlation_id: header.correlation_id,
        }))
    }
}

/// The stream hides what is written while a worker has the order: whatever happened then is told
/// when the lease is given back.
const fn happened(old: &OrderHeader, new: &OrderHeader) -> bool {
    let since = old.sequence < new.sequence || old.notes < new.notes || old.asked < new.asked;
    since || (old.lease_owner.is_some() && new.untold())
}
