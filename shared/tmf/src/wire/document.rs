//! What a client writes: new orders, and requests to cancel one.

use api::{
    json::parse_object,
    schema::{Members, read},
};
use domain::{
    service_order::{CancelRequest, Face, NewItem, ServiceOrderId},
    violation::Violations,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    face::{Names, names},
    items::read_items,
    schema::{OLD_ITEMS, OUR_ITEM_MEMBERS, OUR_MEMBERS},
};

/// A new order.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDocument {
    /// What is stored of it: without what is ours.
    pub document: Members,
    /// Its items, whose relationships are checked.
    pub items: Vec<NewItem>,
    /// The client's id of it.
    pub external_id: Option<String>,
    /// No item begins before this.
    pub start_at: Option<OffsetDateTime>,
    /// Whether its items had the name of version 3 of the documents.
    pub is_old: bool,
}

/// A request to cancel an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// The order; none is no id of any.
    pub order: Option<ServiceOrderId>,
    /// The request.
    pub request: CancelRequest,
}

/// Reads a new order.
///
/// # Errors
/// Every violation.
pub fn read_new(face: Face, body: &[u8]) -> Result<NewDocument, Violations> {
    let names = names(face);
    let mut document = parse_object(body)?;
    names.order_table.validate(&document)?;
    let is_old = rename_items(names, &mut document);
    without_ours(names, &mut document);
    checked(names, document, is_old)
}

/// A document that its table has accepted, and what is read out of it.
pub(super) fn checked(
    names: &Names,
    document: Members,
    is_old: bool,
) -> Result<NewDocument, Violations> {
    let items = read_items(names, &document, if is_old { OLD_ITEMS } else { names.items })?;
    let external_id = read::owned(&document, "externalId");
    let start_at = date(&document, "requestedStartDate");
    Ok(NewDocument { document, items, external_id, start_at, is_old })
}

/// Version 3 of the documents names the items otherwise. Whether this one does.
fn rename_items(names: &Names, document: &mut Members) -> bool {
    let old = document.shift_remove(OLD_ITEMS);
    let is_old = old.is_some() && !document.contains_key(names.items);
    if let Some(items) = old.filter(|_| is_old) {
        document.insert(names.items.to_owned(), items);
    }
    is_old
}

fn without_ours(names: &Names, document: &mut Members) {
    document.retain(|name, _| !OUR_MEMBERS.contains(&name.as_str()));
    items_without_ours(names, document);
}

/// Removes what is ours of the items in an order or item.
pub(super) fn items_without_ours(names: &Names, of: &mut Members) {
    let items = of.get_mut(names.items).and_then(Value::as_array_mut).into_iter().flatten();
    for item in items.filter_map(Value::as_object_mut) {
        item.retain(|name, _| !OUR_ITEM_MEMBERS.contains(&name.as_str()));
        items_without_ours(names, item);
    }
}

/// A date, read. The table has accepted it.
pub(super) fn date(document: &Members, name: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(read::text(document, name)?, &Rfc3339).ok()
}

/// The same for every order that is written alike, whatever the order of its members: SHA-256, in
/// hexadecimal.
pub fn fingerprint(document: &Members) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(name, _)| *name);
                let members =
                    members.into_iter().map(|(name, value)| (name.clone(), sorted(value)));
                Value::Object(members.collect())
            }
            Value::Array(items) => items.iter().map(sorted).collect(),
            other => other.clone(),
        }
    }
    let text = sorted(&Value::Object(document.clone())).to_string();
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a request to cancel an order.
///
/// # Errors
/// Every violation.
pub fn read_cancellation(face: Face, body: &[u8]) -> Result<Cancellation, Violations> {
    let names = names(face);
    let document = parse_object(body)?;
    names.cancel_table.read(&document, |document| {
        let order = read::object(document, names.order)?;
        let request = CancelRequest {
            reason: read::owned(document, "cancellationReason"),
            wanted_at: date(document, "requestedCancellationDate"),
        };
        Some(Cancellation { order: read::parsed(order, "id"), request })
    })
}
