//! The attributes that an expression of DynamoDB names.

use std::collections::BTreeSet;

use serde_json::Value;

/// What in an expression is no attribute.
const WORDS: [&str; 18] = [
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "IN",
    "SET",
    "REMOVE",
    "ADD",
    "DELETE",
    "ATTRIBUTE_EXISTS",
    "ATTRIBUTE_NOT_EXISTS",
    "ATTRIBUTE_TYPE",
    "BEGINS_WITH",
    "CONTAINS",
    "SIZE",
    "IF_NOT_EXISTS",
    "LIST_APPEND",
    "",
];

/// All attributes: what a read without a projection returns.
const ALL: &str = "*";

const EXPRESSIONS: [&str; 5] = [
    "KeyConditionExpression",
    "FilterExpression",
    "ConditionExpression",
    "UpdateExpression",
    PROJECTION,
];
const PROJECTION: &str = "ProjectionExpression";

/// The attributes at the top of the item that a part of a call reads or writes, its key included.
/// `returns`: it returns items, all of them unless it says which.
pub(super) fn of(part: &Value, returns: bool) -> Vec<String> {
    let mut found = BTreeSet::new();
    for name in ["Key", "Item"] {
        found.extend(part[name].as_object().into_iter().flat_map(|map| map.keys().cloned()));
    }
    for keys in part["Keys"].as_array().into_iter().flatten() {
        found.extend(keys.as_object().into_iter().flat_map(|map| map.keys().cloned()));
    }
    for expression in EXPRESSIONS {
        found.extend(named(&part[expression], &part["ExpressionAttributeNames"]));
    }
    if returns && part[PROJECTION].is_null() {
        found.insert(ALL.to_owned());
    }
    found.into_iter().collect()
}

fn named(expression: &Value, names: &Value) -> BTreeSet<String> {
    let text = expression.as_str().unwrap_or_default();
    let is_part = |c: char| c.is_alphanumeric() || "_-#:.".contains(c);
    let paths = text.split(|c| !is_part(c));
    let tops = paths.map(|path| path.split('.').next().unwrap_or_default());
    let attributes = tops.filter_map(|top| match top.chars().next() {
        Some('#') => names[top].as_str().map(str::to_owned),
        Some(':') => None,
        Some(digit) if digit.is_ascii_digit() => None,
        _ if WORDS.contains(&top.to_ascii_uppercase().as_str()) => None,
        _ => Some(top.to_owned()),
    });
    attributes.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_are_found_in_every_kind_of_expression() {
        let update = json!({
            "Key": { "pk": { "S": "a" }, "sk": { "S": "b" } },
            "UpdateExpression": "SET #status = :new, history[0].at = if_not_exists(history, :h) REMOVE due",
            "ConditionExpression": "attribute_exists(pk) AND (#status IN (:a, :b) OR size(#deep.#x) > :n)",
            "ExpressionAttributeNames": { "#status": "status", "#deep": "deep", "#x": "x" },
        });
        assert_eq!(of(&update, false), ["deep", "due", "history", "pk", "sk", "status"]);
    }

    #[test]
    fn a_read_without_a_projection_reads_everything() {
        let query = json!({
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :a AND :b",
            "ProjectionExpression": "pk, #e",
            "ExpressionAttributeNames": { "#e": "events" },
        });
        assert_eq!(of(&query, true), ["events", "pk", "sk"]);
        assert_eq!(of(&json!({ "Key": { "pk": {} } }), true), ["*", "pk"]);
    }
}
