//! The items of an order, nested ones included.

use api::schema::{Members, read};
use domain::{
    service_order::{ItemId, MAX_ITEMS, NewItem, check_relations},
    violation::Violations,
};
use serde_json::Value;

use super::face::Names;

/// The type of a relationship that says nothing about the order of execution.
const BUNDLES: &str = "bundles";

/// An item, where it stands in the document, and the item that it is nested in.
struct Placed<'d> {
    item: &'d Members,
    pointer: String,
    within: Option<ItemId>,
}

/// The items in an order or item.
pub fn items_of<'d>(names: &Names, of: &'d Members) -> impl Iterator<Item = &'d Members> {
    read::objects(of, names.items)
}

/// What an item is about.
pub fn subject_of<'d>(names: &Names, item: &'d Members) -> Option<&'d Members> {
    read::object(item, names.subject)
}

/// The item with this id, nested or not, and the item that it is nested in.
pub fn item_in<'d>(
    names: &Names,
    document: &'d Members,
    id: &ItemId,
) -> Option<(&'d Members, Option<&'d Members>)> {
    let is_it = |item: &&Members| read::text(item, "id") == Some(id.as_str());
    items_of(names, document).find_map(|item| {
        if is_it(&item) {
            return Some((item, None));
        }
        Some((items_of(names, item).find(is_it)?, Some(item)))
    })
}

/// Reads the items of a document that its table has accepted; they came under the name `sent`.
pub(super) fn read_items(
    names: &Names,
    document: &Members,
    sent: &str,
) -> Result<Vec<NewItem>, Violations> {
    let mut all = Vec::new();
    for (index, item) in items_of(names, document).enumerate() {
        let pointer = format!("/{sent}/{index}");
        let within = read::parsed::<ItemId>(item, "id");
        let nested = items_of(names, item).enumerate().map(|(nested, item)| Placed {
            item,
            pointer: format!("{pointer}/{}/{nested}", names.items),
            within: within.clone(),
        });
        let nested: Vec<_> = nested.collect();
        all.push(Placed { item, pointer, within: None });
        all.extend(nested);
    }
    let mut violations = Violations::new();
    if all.len() > MAX_ITEMS {
        violations.add(format!("/{sent}"), format!("at most {MAX_ITEMS} items, with nested ones"));
        return Err(violations);
    }
    let new = |placed: &Placed<'_>| {
        Some(NewItem {
            id: read::parsed(placed.item, "id")?,
            action: read::parsed(placed.item, "action")?,
            within: placed.within.clone(),
            after: awaited(names, placed, &mut violations),
        })
    };
    let items: Vec<NewItem> = all.iter().filter_map(new).collect();
    for (index, error) in check_relations(&items) {
        if let Some(placed) = all.get(index) {
            violations.add(placed.pointer.clone(), error.to_string());
        }
    }
    violations.into_result(items)
}

/// The items that an item waits for. One of another order is kept and not waited for.
fn awaited(names: &Names, placed: &Placed<'_>, violations: &mut Violations) -> Vec<ItemId> {
    let mut all = Vec::new();
    for (index, relationship) in read::objects(placed.item, names.relationships).enumerate() {
        let kind = read::text(relationship, "relationshipType").unwrap_or_default();
        let other = read::object(relationship, "orderItem").unwrap_or(relationship);
        let is_elsewhere = ["serviceOrderId", "productOrderId"]
            .iter()
            .any(|name| other.get(*name).is_some_and(|id| !id.is_null()));
        if kind.eq_ignore_ascii_case(BUNDLES) || is_elsewhere {
            continue;
        }
        let pointer = format!("{}/{}/{index}", placed.pointer, names.relationships);
        let id = ["itemId", "id"].iter().find_map(|name| read::text(other, name));
        match id.map(str::parse) {
            Some(Ok(id)) => all.push(id),
            Some(Err(_)) => violations.add(pointer, "no id of an item"),
            None => violations.add(pointer, "names no item"),
        }
    }
    all
}

/// An item without those that are nested in it.
pub(super) fn alone(names: &Names, item: &Members) -> Members {
    let mut item = item.clone();
    item.shift_remove(names.items);
    item
}

/// The value of a list of items.
pub(super) fn list(items: Vec<Members>) -> Value {
    items.into_iter().map(Value::Object).collect()
}
