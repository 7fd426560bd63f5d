//! What a merge patch (RFC 7396) makes of an order.

use api::{
    json::{merge_patch, same},
    schema::{Members, read},
};
use domain::{
    service_order::{Amendment, Face, ServiceOrder, ServiceOrderError},
    violation::Violations,
};
use serde_json::Value;

use super::{
    document::{NewDocument, checked, items_without_ours},
    face::{Names, names},
    items::{alone, item_in, items_of, list},
    schema::OUR_MEMBERS,
    write::order_body,
};
use crate::TmfError;

/// A changed order.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its document.
    pub document: Members,
    /// What of it decides.
    pub amendment: Amendment,
}

/// The change that a patch asks for. None: the order is like this already.
///
/// # Errors
/// Every violation; or the order as it is does not allow the change.
pub fn change(
    face: Face,
    order: &ServiceOrder,
    document: &Members,
    patch: Members,
) -> Result<Option<Change>, TmfError> {
    let names = names(face);
    let shown = order_body(order, document.clone());
    let patch = without_ours(&shown, document, patch)?;
    let mut new = document.clone();
    merge_patch(&mut new, patch);
    names.order_table.validate(&new)?;
    restore_items(names, &mut new, document, &shown);
    let NewDocument { document: new, items, start_at, .. } = checked(names, new, false)?;
    if same(&Value::Object(new.clone()), &Value::Object(document.clone())) {
        return Ok(None);
    }
    check_begun(names, order, document, &new)?;
    let is_changed = |name: &str| new.get(name) != document.get(name);
    let amendment = Amendment {
        items: is_changed(names.items).then_some(items),
        start_at: is_changed("requestedStartDate").then_some(start_at),
    };
    Ok(Some(Change { document: new, amendment }))
}

/// The patch without members that are the server's and are sent as they are: a client may send
/// the whole order that it has read.
fn without_ours(
    shown: &Members,
    document: &Members,
    mut patch: Members,
) -> Result<Members, TmfError> {
    let is_unchanged =
        |name: &str, value: &Value| shown.get(name).is_some_and(|is| same(is, value));
    if patch.get("state").is_some_and(|state| !is_unchanged("state", state)) {
        return Err(TmfError::StateIsOurs);
    }
    let mut violations = Violations::new();
    for name in OUR_MEMBERS {
        if patch.get(name).is_some_and(|value| !is_unchanged(name, value)) {
            violations.add(format!("/{name}"), "set by the server");
        }
        patch.shift_remove(name);
    }
    let external_id = patch.get("externalId");
    if external_id.is_some_and(|id| document.get("externalId").unwrap_or(&Value::Null) != id) {
        violations.add("/externalId", "must not change: it identifies the order");
    }
    // What an order has of its own end is laid over it again.
    for name in ["cancellationDate", "cancellationReason", "@type"] {
        if !document.contains_key(name)
            && patch.get(name).is_some_and(|value| is_unchanged(name, value))
        {
            patch.shift_remove(name);
        }
    }
    Ok(violations.into_result(patch)?)
}

/// Takes back, out of the items of a patched document, what was laid over them when the client read
/// them.
fn restore_items(names: &Names, new: &mut Members, stored: &Members, shown: &Members) {
    if new.get(names.items) == stored.get(names.items) {
        return;
    }
    let items: Vec<Members> =
        items_of(names, new).map(|item| restored(names, item, stored, shown)).collect();
    new.insert(names.items.to_owned(), list(items));
    items_without_ours(names, new);
}

fn restored(names: &Names, item: &Members, stored: &Members, shown: &Members) -> Members {
    let own = alone(names, item);
    let with_id = |of: &Members| {
        let id = read::parsed(item, "id")?;
        item_in(names, of, &id).map(|(found, _)| alone(names, found))
    };
    let mut whole = match (with_id(stored), with_id(shown)) {
        (Some(stored), Some(shown)) if is_same(&own, &shown) => stored,
        _ => own,
    };
    if item.contains_key(names.items) {
        let nested = items_of(names, item).map(|item| restored(names, item, stored, shown));
        whole.insert(names.items.to_owned(), list(nested.collect()));
    }
    whole
}

fn is_same(one: &Members, other: &Members) -> bool {
    same(&Value::Object(one.clone()), &Value::Object(other.clone()))
}

/// What an item that has begun says must stay: its order was placed with it.
fn check_begun(
    names: &Names,
    order: &ServiceOrder,
    old: &Members,
    new: &Members,
) -> Result<(), ServiceOrderError> {
    for item in order.items.iter().filter(|item| item.state.has_begun()) {
        let own = |of| item_in(names, of, &item.id).map(|(found, _)| alone(names, found));
        match (own(old), own(new)) {
            (Some(old), Some(new)) if is_same(&old, &new) => {}
            _ => return Err(ServiceOrderError::Begun(item.id.clone())),
        }
    }
    Ok(())
}
