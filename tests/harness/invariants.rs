//! The invariants of the table while no work is in progress (`infra/docs/architecture.md`,
//! *Invariants* 1 to 4).

mod carrier;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::network::Known;

type Item = Map<String, Value>;
type ByKey<'a> = BTreeMap<String, &'a Item>;

/// All violations of the invariants.
pub fn broken(items: &[Item], ledger: &[(String, Known)]) -> Vec<String> {
    let by_pk: ByKey<'_> = items.iter().flat_map(keys).collect();
    let mut broken = Vec::new();
    for item in items {
        match text(item, "sk") {
            "CLAIM" if is_subscription(item) => broken.extend(subscription(item, &by_pk)),
            "ORDER" if is_ecc(item) => broken.extend(order(item, &by_pk)),
            "CLAIM" if !text(item, "pk").starts_with("PON#") => broken.extend(claim(item, &by_pk)),
            _ => {}
        }
    }
    let twice = ledger.iter().filter(|(_, known)| known.applied > 1);
    broken.extend(twice.map(|(order, known)| format!("{order} was done {} times", known.applied)));
    let completed = |item: &&Item| is_ecc(item) && text(item, "status") == "COMPLETED";
    for item in items.iter().filter(completed) {
        let id = text(item, "pk").trim_start_matches("ORDER#");
        if !ledger.iter().any(|(order, known)| order == id && known.applied == 1) {
            broken.push(format!("{id} is COMPLETED and the network has not done it"));
        }
    }
    broken.extend(carrier::broken(items));
    broken
}

fn is_ecc(item: &Item) -> bool {
    text(item, "sk") == "ORDER" && text(item, "kind") == "ecc"
}

/// A subscription is the claim on the SIM that it was created with.
fn is_subscription(item: &Item) -> bool {
    item.contains_key("iccid") && text(item, "sk") == "CLAIM"
}

/// The keys under which other items refer to an item.
fn keys(item: &Item) -> Vec<(String, &Item)> {
    let mut keys = vec![(text(item, "pk").to_owned(), item)];
    if is_subscription(item) {
        keys.push((format!("SUB#{}", text(item, "id")), item));
    }
    keys
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A lock has its order, and a subscription has a claim for each of its numbers.
fn subscription(item: &Item, by_pk: &ByKey<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let id = text(item, "id");
    if let Some(lock) = item.get("outstandingOrder") {
        let order = by_pk.get(format!("ORDER#{lock}").as_str());
        if order.is_none_or(|order| text(order, "status") != "PROVISIONING") {
            broken.push(format!("subscription {id} is locked by {lock}, which is not open"));
        }
    }
    for (name, prefix) in [("iccid", "ICCID#"), ("msisdn", "MSISDN#"), ("imsi", "IMSI#")] {
        let Some(number) = item.get(name).and_then(Value::as_str) else { continue };
        let holder = by_pk.get(format!("{prefix}{number}").as_str());
        let is_mine = |claim: &Item| [text(claim, "subscription"), text(claim, "id")].contains(&id);
        if !holder.is_some_and(|claim| is_mine(claim)) {
            broken.push(format!("subscription {id} holds a {name} that is not claimed for it"));
        }
    }
    broken
}

/// An open order has its lock and its watchdog, an ended order has no lock.
fn order(item: &Item, by_pk: &ByKey<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let id = text(item, "pk").trim_start_matches("ORDER#");
    let open = text(item, "status") == "PROVISIONING";
    let subscription = by_pk.get(format!("SUB#{}", text(item, "subscription")).as_str());
    let locked = subscription
        .and_then(|found| found.get("outstandingOrder"))
        .is_some_and(|lock| lock.as_u64() == id.parse().ok());
    if open != locked {
        broken.push(format!("order {id}: open {open}, holds its lock {locked}"));
    }
    // An ended order has a watchdog until its final status is published.
    if open && !item.contains_key("dueAt") {
        broken.push(format!("order {id} is open and has no watchdog"));
    }
    if !open && item.contains_key("leaseOwner") {
        broken.push(format!("order {id} has ended and is still leased"));
    }
    broken
}

/// A claim that is not void has a subscription, or an open order that requires it.
fn claim(item: &Item, by_pk: &ByKey<'_>) -> Vec<String> {
    if item.get("void") == Some(&Value::Bool(true)) {
        return Vec::new();
    }
    let (pk, holder) = (text(item, "pk"), text(item, "subscription"));
    let number = pk.rsplit('#').next().unwrap_or_default();
    let Some(subscription) = by_pk.get(format!("SUB#{holder}").as_str()) else {
        return vec![format!("a claim of {holder}, which is not there")];
    };
    let held = ["iccid", "msisdn", "imsi"].iter().any(|name| text(subscription, name) == number);
    if held || subscription.contains_key("outstandingOrder") {
        return Vec::new();
    }
    vec![format!("a claim of {holder}, which does not hold the number")]
}
