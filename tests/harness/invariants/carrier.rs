//! The invariants of carrier orders and their claims (`infra/docs/architecture.md`, *Invariants* 3
//! and 4).

use std::collections::BTreeMap;

use super::{Item, text};

/// All violations of the invariants.
pub(super) fn broken(items: &[Item]) -> Vec<String> {
    let orders: BTreeMap<&str, &Item> =
        items.iter().filter(|item| is_order(item)).map(|item| (id(item), item)).collect();
    let mut broken = Vec::new();
    for item in items {
        let pk = text(item, "pk");
        if is_order(item) {
            broken.extend(order(item, items));
        } else if pk.starts_with("PON#") {
            let holder = text(item, "order");
            let number = pk.rsplit('#').next().unwrap_or_default();
            if orders.get(holder).is_none_or(|order| text(order, "pon") != number) {
                broken.push(format!("{pk} is claimed for {holder}, which has another number"));
            }
        } else if text(item, "sk").starts_with("SVLAN#") {
            let holder = text(item, "order");
            let ended = ["CANCELLED", "REJECTED"];
            if orders.get(holder).is_none_or(|order| ended.contains(&text(order, "status"))) {
                broken.push(format!("an S-VLAN id of {pk} is claimed for {holder}, which is gone"));
            }
        }
    }
    broken
}

pub(super) fn is_order(item: &Item) -> bool {
    text(item, "sk") == "ORDER" && text(item, "kind") == "carrier"
}

fn id(item: &Item) -> &str {
    text(item, "pk").trim_start_matches("ORDER#")
}

/// An order has its claim and its document, and the notifications of a local Seller are numbered
/// without gaps.
fn order(order: &Item, items: &[Item]) -> Vec<String> {
    let (id, pk) = (id(order), text(order, "pk"));
    let mut broken = Vec::new();
    let number = format!("PON#{}#{}", text(order, "buyer"), text(order, "pon"));
    if !items.iter().any(|item| text(item, "pk") == number && text(item, "order") == id) {
        broken.push(format!("{id} has a number that is not claimed for it"));
    }
    let theirs =
        order.get("buyerOrder").and_then(|buyer_order| buyer_order["sellerOrder"].as_str());
    if let Some(theirs) = theirs {
        let way = format!("SOLD#{}#{theirs}", text(order, "seller"));
        if !items.iter().any(|item| text(item, "pk") == way && text(item, "order") == id) {
            broken.push(format!("{id} is not found by its seller's id"));
        }
    }
    let own: Vec<&str> =
        items.iter().filter(|item| text(item, "pk") == pk).map(|item| text(item, "sk")).collect();
    if !own.contains(&"BODY") {
        broken.push(format!("{id} has no document"));
    }
    // With a dot are those that a remote Seller has not numbered.
    let numbered = |sk: &&&str| sk.starts_with("NOTE#") && !sk.contains('.');
    let stored = own.iter().filter(numbered).count();
    let last = order.get("progress").and_then(|progress| progress["notificationVersion"].as_u64());
    // A remote Seller numbers its own notifications and need not push all of them.
    let gaps = order.contains_key("buyerOrder") && last >= u64::try_from(stored).ok();
    if !gaps && last != u64::try_from(stored).ok() {
        broken.push(format!("{id} counts {last:?} notifications, of which {stored} are stored"));
    }
    broken
}
