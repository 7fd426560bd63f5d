//! Leases that nobody holds any more.

use dynoxide::{
    Database, DynoxideError,
    actions::{scan::ScanRequest, update_item::UpdateItemRequest},
};
use serde_json::{Map, Value, json};

/// The attribute in which the store keeps the end of a lease, milliseconds since 1970.
const LEASE_UNTIL: &str = "leaseUntil";

/// Ends every lease in a table: no worker has survived the run before, so an order that was under
/// way need not wait until its worker's time is over.
///
/// Fences stay as they are. Should a worker of old be alive after all, it cannot end an order that
/// another has taken since.
///
/// # Errors
/// The table refuses.
pub fn end_leases(database: &Database, table: &str) -> Result<usize, DynoxideError> {
    let now = json!({ ":now": { "N": crate::clock::unix_millis().to_string() } });
    let names = json!({ "#until": LEASE_UNTIL });
    let mut ended = 0;
    let mut start: Option<Value> = None;
    loop {
        let mut scan = json!({
            "TableName": table,
            "FilterExpression": "#until >= :now",
            "ProjectionExpression": "pk, sk",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": now,
        });
        if let Some(start) = start.take() {
            scan["ExclusiveStartKey"] = start;
        }
        let scan: ScanRequest = request(scan)?;
        let mut found = serde_json::to_value(database.scan(scan)?).unwrap_or_default();
        for key in found["Items"].as_array().into_iter().flatten() {
            let mut values: Map<String, Value> = now.as_object().cloned().unwrap_or_default();
            values.insert(":over".to_owned(), json!({ "N": "0" }));
            let update: UpdateItemRequest = request(json!({
                "TableName": table,
                "Key": key,
                "UpdateExpression": "SET #until = :over",
                "ConditionExpression": "#until >= :now",
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            }))?;
            database.update_item(update)?;
            ended += 1;
        }
        match found["LastEvaluatedKey"].take() {
            Value::Null => return Ok(ended),
            next => start = Some(next),
        }
    }
}

fn request<T: serde::de::DeserializeOwned>(request: Value) -> Result<T, DynoxideError> {
    serde_json::from_value(request)
        .map_err(|error| DynoxideError::ValidationException(error.to_string()))
}

#[cfg(test)]
mod tests {
    use dynoxide::actions::{get_item::GetItemRequest, put_item::PutItemRequest};

    use super::*;

    #[test]
    fn leases_of_the_run_before_are_over_and_nothing_else_changes() {
        let database = Database::memory().unwrap();
        let table = json!({
            "TableName": "Orders",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                { "AttributeName": "pk", "AttributeType": "S" },
                { "AttributeName": "sk", "AttributeType": "S" },
            ],
            "KeySchema": [
                { "AttributeName": "pk", "KeyType": "HASH" },
                { "AttributeName": "sk", "KeyType": "RANGE" },
            ],
        });
        database.create_table(serde_json::from_value(table).unwrap()).unwrap();
        let later = (crate::clock::unix_millis() + 90_000).to_string();
        let put = |pk: &str, until: Option<&str>| {
            let mut item =
                json!({ "pk": { "S": pk }, "sk": { "S": "ORDER" }, "fence": { "N": "3" } });
            if let Some(until) = until {
                item["leaseUntil"] = json!({ "N": until });
            }
            let put: PutItemRequest =
                request(json!({ "TableName": "Orders", "Item": item })).unwrap();
            database.put_item(put).unwrap();
        };
        put("held", Some(&later));
        put("over", Some("1000"));
        put("free", None);
        assert_eq!(end_leases(&database, "Orders").unwrap(), 1);
        let get = |pk: &str| {
            let get = json!({ "TableName": "Orders", "Key": { "pk": { "S": pk }, "sk": { "S": "ORDER" } } });
            let get: GetItemRequest = request(get).unwrap();
            serde_json::to_value(database.get_item(get).unwrap()).unwrap()["Item"].clone()
        };
        assert_eq!(get("held")["leaseUntil"], json!({ "N": "0" }));
        assert_eq!(get("held")["fence"], json!({ "N": "3" }));
        assert_eq!(get("over")["leaseUntil"], json!({ "N": "1000" }));
        assert_eq!(get("free").get("leaseUntil"), None);
    }
}
