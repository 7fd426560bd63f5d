mod answers;
mod full;
mod limits;
mod notices;
mod quirks;
mod seeds;
mod speed;
mod writing;

use domain::violation::Violations;
use serde_json::{Map, Value};

/// The JSON blocks of a published document, in order.
fn examples(document: &'static str) -> Vec<Map<String, Value>> {
    let blocks = document.split("``` JSON\n").skip(1);
    let block = |block: &'static str| block.split("\n```").next().unwrap_or(block);
    blocks.map(|text| api::json::parse_object(block(text).as_bytes()).unwrap()).collect()
}

fn orders_document() -> Vec<Map<String, Value>> {
    examples(include_str!("../../tests/data/001_c156e0accfa14112.txt"))
}

fn notices_document() -> Vec<Map<String, Value>> {
    examples(include_str!("../../tests/data/002_6dacf7d6702dfcb7.txt"))
}

/// The published order with every member but a few: two items, an OVC and its UNI.
fn published_order() -> Map<String, Value> {
    orders_document()[0]["items"][0].as_object().unwrap().clone()
}

/// Sets the value at a JSON pointer; `null` removes the member.
fn set(document: &Map<String, Value>, pointer: &str, value: Value) -> Map<String, Value> {
    let mut whole = Value::Object(document.clone());
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match whole.pointer_mut(parent).unwrap() {
        Value::Object(members) if value.is_null() => {
            members.shift_remove(name).unwrap();
        }
        Value::Object(members) => {
            members.insert(name.to_owned(), value);
        }
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    let Value::Object(members) = whole else { panic!() };
    members
}

fn pointers(violations: &Violations) -> Vec<&str> {
    violations.iter().map(|violation| &*violation.pointer).collect()
}
