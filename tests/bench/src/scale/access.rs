//! What an order does to the table and its indexes, by partition key: taken from recorded calls.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use testkit::Exchange;

use crate::orders::{consumed, is_read};

/// The attributes that are keys of the indexes: index, partition key.
const INDEXES: [(&str, &str); 2] = [("byDue", "dueShard"), ("byOwner", "ownerKey")];

/// Units that one call spends on one partition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Access {
    /// The index; empty for the table.
    pub(crate) index: String,
    /// The partition key as it was recorded.
    pub(crate) key: String,
    pub(crate) writes: f64,
    pub(crate) reads: f64,
}

/// Follows items through recorded calls: an update does not say which index entry it moves.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    items: BTreeMap<String, Map<String, Value>>,
}

impl Reader {
    /// The accesses of some calls.
    pub(crate) fn accesses<'e>(
        &mut self,
        exchanges: impl IntoIterator<Item = &'e Exchange>,
    ) -> Vec<Access> {
        exchanges.into_iter().flat_map(|exchange| self.of(exchange)).collect()
    }

    fn of(&mut self, exchange: &Exchange) -> Vec<Access> {
        if is_read(exchange) {
            return reads(exchange);
        }
        let refused = !exchange.response["__type"].is_null();
        // Index entries written, by index: each is of one partition key.
        let mut entries: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut keys = Vec::new();
        for write in writes(exchange) {
            let (key, sort) = key_of(write);
            keys.push(key.clone());
            let name = format!("{key}|{sort}");
            let before = self.items.get(&name).cloned().unwrap_or_default();
            let after = after(&before, write);
            for (index, attribute) in INDEXES {
                let touched = touched(&before, &after, attribute);
                entries.entry(index).or_default().extend(touched);
            }
            if !refused {
                self.items.insert(name, after);
            }
        }
        spread(exchange, &keys, &entries)
    }
}

/// The units of a call, in equal parts over its keys: the items are of like size.
#[expect(clippy::cast_precision_loss, reason = "a transaction has at most 100 writes")]
fn spread(
    exchange: &Exchange,
    keys: &[String],
    entries: &BTreeMap<&str, Vec<String>>,
) -> Vec<Access> {
    let mut accesses = Vec::new();
    for (index, units) in consumed(exchange) {
        let none = Vec::new();
        let keys = match index.as_str() {
            "" => keys,
            index => entries.get(index).unwrap_or(&none),
        };
        for key in keys {
            let writes = units / keys.len() as f64;
            accesses.push(Access { index: index.clone(), key: key.clone(), writes, reads: 0.0 });
        }
    }
    accesses
}

/// The writes of a call: of a transaction, all of them.
fn writes(exchange: &Exchange) -> Vec<&Value> {
    let request = &exchange.request;
    if let Some(items) = request["TransactItems"].as_array() {
        let kinds = ["Put", "Update", "Delete", "ConditionCheck"];
        return items
            .iter()
            .filter_map(|item| kinds.iter().find_map(|kind| item.get(kind)))
            .collect();
    }
    if let Some(tables) = request["RequestItems"].as_object() {
        let writes = tables.values().filter_map(Value::as_array).flatten();
        return writes
            .filter_map(|write| write.get("PutRequest").or_else(|| write.get("DeleteRequest")))
            .collect();
    }
    vec![request]
}

fn text(value: &Value) -> String {
    value["S"].as_str().unwrap_or_default().to_owned()
}

fn key_of(write: &Value) -> (String, String) {
    let key = if write["Item"].is_null() { &write["Key"] } else { &write["Item"] };
    (text(&key["pk"]), text(&key["sk"]))
}

/// The item after a write, as far as keys of indexes go.
fn after(before: &Map<String, Value>, write: &Value) -> Map<String, Value> {
    if let Some(item) = write["Item"].as_object() {
        return item.clone();
    }
    let Some(update) = write["UpdateExpression"].as_str() else {
        // A check leaves the item; a deletion takes it away.
        let kept = write["ConditionExpression"].is_string() && write["Key"].is_object();
        return if kept { before.clone() } else { Map::new() };
    };
    let mut item = before.clone();
    let removed = update.split("REMOVE ").nth(1).unwrap_or_default();
    let removed = removed.split(" ADD ").next().unwrap_or_default();
    for name in removed.split(", ") {
        item.remove(name.trim().trim_start_matches('#'));
    }
    for (name, value) in write["ExpressionAttributeValues"].as_object().into_iter().flatten() {
        if let Some(attribute) = name.strip_prefix(":new") {
            item.insert(attribute.to_owned(), value.clone());
        }
    }
    item
}

/// The partitions of an index in which a write puts or deletes an entry.
fn touched(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    attribute: &str,
) -> Vec<String> {
    let sort = if attribute == "dueShard" { "dueAt" } else { "ownerSort" };
    let entry =
        |item: &Map<String, Value>| Some((item.get(attribute)?.clone(), item.get(sort).cloned()));
    let (before, after) = (entry(before), entry(after));
    if before == after {
        return Vec::new();
    }
    [before, after].into_iter().flatten().map(|(key, _)| text(&key)).collect()
}

fn reads(exchange: &Exchange) -> Vec<Access> {
    let request = &exchange.request;
    let index = request["IndexName"].as_str().unwrap_or_default();
    let keys: Vec<String> = if exchange.operation == "Query" {
        // The partition is what is compared for equality; a sort key is a range or a prefix.
        let expression = request["KeyConditionExpression"].as_str().unwrap_or_default();
        let placeholder = expression.split(" AND ").find_map(|part| part.split_once(" = "));
        let name = placeholder.map_or("", |(_, value)| value.trim());
        vec![text(&request["ExpressionAttributeValues"][name])]
    } else if let Some(tables) = request["RequestItems"].as_object() {
        let keys = tables.values().filter_map(|table| table["Keys"].as_array()).flatten();
        keys.map(|key| text(&key["pk"])).collect()
    } else {
        vec![text(&request["Key"]["pk"])]
    };
    let units: f64 = consumed(exchange).iter().map(|(_, units)| units).sum();
    #[expect(clippy::cast_precision_loss, reason = "a batch has at most 100 keys")]
    let each = units / keys.len().max(1) as f64;
    let access = |key| Access { index: index.to_owned(), key, writes: 0.0, reads: each };
    keys.into_iter().map(access).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn exchange(operation: &str, request: Value, response: Value) -> Exchange {
        Exchange { operation: operation.to_owned(), request, response }
    }

    #[test]
    fn the_entry_that_an_update_removes_is_that_of_the_item_before() {
        let put = exchange(
            "PutItem",
            json!({ "Item": {
                "pk": { "S": "ORDER#1" }, "sk": { "S": "ORDER" },
                "dueShard": { "S": "DUE#08" }, "dueAt": { "N": "1" },
            } }),
            json!({ "ConsumedCapacity": {
                "Table": { "CapacityUnits": 1.0 },
                "GlobalSecondaryIndexes": { "byDue": { "CapacityUnits": 1.0 } },
            } }),
        );
        let update = exchange(
            "UpdateItem",
            json!({
                "Key": { "pk": { "S": "ORDER#1" }, "sk": { "S": "ORDER" } },
                "UpdateExpression": "SET #status = :newstatus REMOVE #dueAt, #dueShard",
                "ExpressionAttributeValues": { ":newstatus": { "S": "COMPLETED" } },
            }),
            put.response.clone(),
        );
        let accesses = Reader::default().accesses([&put, &update]);
        let due: Vec<_> = accesses.iter().filter(|access| access.index == "byDue").collect();
        assert_eq!(due.len(), 2);
        assert!(due.iter().all(|access| access.key == "DUE#08" && access.writes == 1.0));
    }

    #[test]
    fn a_query_reads_the_partition_that_it_compares() {
        let query = exchange(
            "Query",
            json!({
                "KeyConditionExpression": "#pk = :pk AND begins_with(#sk, :sk)",
                "ExpressionAttributeValues": { ":pk": { "S": "HOOKS#one" }, ":sk": { "S": "E" } },
            }),
            json!({ "ConsumedCapacity": { "Table": { "CapacityUnits": 0.5 } } }),
        );
        let accesses = Reader::default().accesses([&query]);
        assert_eq!((accesses[0].key.as_str(), accesses[0].reads), ("HOOKS#one", 0.5));
    }
}
