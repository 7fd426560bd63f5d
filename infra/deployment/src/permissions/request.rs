//! What a call asks of IAM.

use std::collections::BTreeMap;

use serde_json::Value;

use super::attributes;
use crate::template::{Place, Plan};

/// The partition keys that a request is about.
pub(super) const LEADING_KEYS: &str = "dynamodb:LeadingKeys";
const ATTRIBUTES: &str = "dynamodb:Attributes";
const SELECT: &str = "dynamodb:Select";

/// One action on one resource: all of a call, or a part of one. A transaction asks for the action
/// of each of its parts, and a batch of messages for that of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// IAM action.
    pub action: String,
    /// ARN.
    pub resource: String,
    /// The condition keys that the service sets, and their values.
    pub context: BTreeMap<String, Vec<String>>,
}

impl Request {
    /// An action without condition keys.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: BTreeMap::new() }
    }
}

/// The tables and queues of a deployment, as calls name them.
#[derive(Debug, Clone)]
pub struct Resources {
    tables: BTreeMap<String, TableKeys>,
    queues: String,
}

/// Partition keys of a table and its indexes.
#[derive(Debug, Clone)]
struct TableKeys {
    arn: String,
    indexes: BTreeMap<String, String>,
}

/// The attribute that is the partition key of a table or an index.
fn partition_key(schema: &Value) -> Option<String> {
    let mut keys = schema["KeySchema"].as_array()?.iter();
    let partition = keys.find(|key| key["KeyType"] == "HASH")?;
    partition["AttributeName"].as_str().map(str::to_owned)
}

impl Resources {
    /// Of a plan.
    pub fn new(plan: &Plan, place: &Place) -> Self {
        let Place { region, account, .. } = place;
        let tables = plan.tables.iter().map(|table| {
            let indexes = table.create_request["GlobalSecondaryIndexes"].as_array();
            let indexes = indexes.into_iter().flatten().filter_map(|index| {
                Some((index["IndexName"].as_str()?.to_owned(), partition_key(index)?))
            });
            let arn = format!("arn:aws:dynamodb:{region}:{account}:table/{}", table.name);
            (table.name.clone(), TableKeys { arn, indexes: indexes.collect() })
        });
        let queues = format!("arn:aws:sqs:{region}:{account}:");
        Self { tables: tables.collect(), queues }
    }

    /// With the template's table under another name, as tests have it.
    ///
    /// # Panics
    /// There is no such table.
    #[must_use]
    pub fn with_table(mut self, name: &str, known_as: &str) -> Self {
        let table = self.tables.remove(name).expect("the template has this table");
        self.tables.insert(known_as.to_owned(), table);
        self
    }

    /// What a call asks for, by the header `X-Amz-Target` and its body.
    pub fn requests(&self, target: &str, body: &[u8]) -> Vec<Request> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        match target.split_once('.') {
            Some(("AmazonSQS", operation)) => vec![self.of_queue(operation, &body)],
            Some((_, operation)) => self.of_table(operation, &body),
            None => vec![Request::new(target, "*")],
        }
    }

    fn of_queue(&self, operation: &str, body: &Value) -> Request {
        let url = body["QueueUrl"].as_str().unwrap_or_default();
        let name = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let operation = operation.strip_suffix("Batch").unwrap_or(operation);
        Request::new(format!("sqs:{operation}"), format!("{}{name}", self.queues))
    }

    fn of_table(&self, operation: &str, body: &Value) -> Vec<Request> {
        let transaction = body["TransactItems"].as_array();
        let parts = transaction.into_iter().flatten().filter_map(Value::as_object);
        match operation {
            "TransactGetItems" | "TransactWriteItems" => parts
                .flatten()
                .filter(|(_, part)| part.is_object())
                .map(|(kind, part)| match kind.as_str() {
                    "ConditionCheck" => self.of_part("ConditionCheckItem", part),
                    kind => self.of_part(&format!("{kind}Item"), part),
                })
                .collect(),
            "BatchGetItem" | "BatchWriteItem" => {
                let tables = body["RequestItems"].as_object().into_iter().flatten();
                tables.map(|(table, part)| self.of_batch(operation, table, part)).collect()
            }
            operation => vec![self.of_part(operation, body)],
        }
    }

    fn of_batch(&self, operation: &str, table: &str, part: &Value) -> Request {
        let mut request = Request::new(format!("dynamodb:{operation}"), self.arn(table, None));
        let writes = part.as_array().into_iter().flatten().filter_map(|write| {
            write.pointer("/PutRequest/Item").or_else(|| write.pointer("/DeleteRequest/Key"))
        });
        let keys = part["Keys"].as_array().into_iter().flatten().chain(writes);
        let keys = keys.filter_map(|key| text(&key["pk"])).collect();
        request.context.insert(LEADING_KEYS.to_owned(), keys);
        let attributes = attributes::of(part, operation == "BatchGetItem");
        request.context.insert(ATTRIBUTES.to_owned(), attributes);
        request
    }

    fn of_part(&self, operation: &str, part: &Value) -> Request {
        let table = part["TableName"].as_str().unwrap_or_default();
        let index = part["IndexName"].as_str();
        let mut request = Request::new(format!("dynamodb:{operation}"), self.arn(table, index));
        let item = part.get("Key").or_else(|| part.get("Item"));
        let leading = match operation {
            // One whose partition is not found is in none.
            "Query" => Some(self.queried(table, index, part).unwrap_or_default()),
            _ => item.and_then(|item| text(&item["pk"])),
        };
        // None: a table as a whole, which no leading key allows.
        let Some(leading) = leading else { return request };
        request.context.insert(LEADING_KEYS.to_owned(), vec![leading]);
        let returns = matches!(operation, "GetItem" | "Query");
        request.context.insert(ATTRIBUTES.to_owned(), attributes::of(part, returns));
        if let Some(select) = part["Select"].as_str() {
            request.context.insert(SELECT.to_owned(), vec![select.to_owned()]);
        }
        request
    }

    /// The partition that a query reads.
    fn queried(&self, table: &str, index: Option<&str>, part: &Value) -> Option<String> {
        let indexes = self.tables.get(table).map(|table| &table.indexes);
        let attribute = match index {
            Some(index) => indexes?.get(index)?.as_str(),
            None => "pk",
        };
        let expression = part["KeyConditionExpression"].as_str()?;
        let names = &part["ExpressionAttributeNames"];
        expression.split(" AND ").find_map(|condition| {
            let (name, value) = condition.split_once('=')?;
            let name = name.trim().trim_start_matches('(');
            let value = value.trim().trim_end_matches(')');
            let named = names[name].as_str().unwrap_or(name);
            (named == attribute).then(|| text(&part["ExpressionAttributeValues"][value]))?
        })
    }

    fn arn(&self, table: &str, index: Option<&str>) -> String {
        let arn = self.tables.get(table).map_or(table, |table| table.arn.as_str());
        match index {
            Some(index) => format!("{arn}/index/{index}"),
            None => arn.to_owned(),
        }
    }
}

/// A key's value: `{"S": "…"}` or `{"N": "…"}`.
fn text(value: &Value) -> Option<String> {
    value.as_object()?.values().next()?.as_str().map(str::to_owned)
}
