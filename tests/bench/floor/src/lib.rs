//! The bare calls of the SDK that an endpoint makes, as they were recorded of it.
//!
//! `FLOOR_CALLS` is a file: a JSON list of `{"operation", "request"}` in the form of DynamoDB's
//! wire. The text `{n}` in it is another number in each invocation.

use std::collections::HashMap;

use aws::{Service, Settings};
use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::builders::TransactWriteItemsFluentBuilder,
    types::{AttributeValue, Put, TransactWriteItem, Update},
};
use lambda_http::Error;
use serde_json::Value;

type Item = HashMap<String, AttributeValue>;

/// What is replaced by the number of the invocation.
const NUMBER: &str = "{n}";

/// The calls of one invocation.
pub struct Calls {
    client: Client,
    table: String,
    calls: Vec<Call>,
}

enum Call {
    Get(Item),
    Transact(Vec<TransactWriteItem>),
}

impl Calls {
    /// The calls of `FLOOR_CALLS`, on the table of `ORDERS_TABLE_NAME`, by a client with the
    /// settings of every function.
    ///
    /// # Errors
    /// The environment or the file cannot be read.
    pub fn from_env() -> Result<Self, Error> {
        let settings = Settings::from_env()?;
        let config =
            aws_sdk_dynamodb::config::Builder::from(&settings.sdk_config(Service::DynamoDb))
                .retry_partition(settings.retry_partition())
                .build();
        let table = std::env::var("ORDERS_TABLE_NAME")?;
        let recorded: Vec<Value> =
            serde_json::from_slice(&std::fs::read(std::env::var("FLOOR_CALLS")?)?)?;
        let calls = recorded.iter().map(|call| call_of(call, &table)).collect::<Result<_, _>>()?;
        Ok(Self { client: Client::from_conf(config), table, calls })
    }

    /// Connects, as the functions do before the first invocation.
    pub async fn warm(&self) {
        let missing = [("pk", "WARM"), ("sk", "WARM")]
            .map(|(name, key)| (name.to_owned(), AttributeValue::S(key.to_owned())));
        let get = self.client.get_item().table_name(&self.table).set_key(Some(missing.into()));
        // What fails here fails again in the first call, and is seen there.
        let _ = get.send().await;
    }

    /// Makes the calls.
    ///
    /// # Errors
    /// One of them fails.
    pub async fn make(&self, number: &str) -> Result<(), Error> {
        for call in &self.calls {
            match call {
                Call::Get(key) => {
                    let get = self.client.get_item().table_name(&self.table).consistent_read(true);
                    get.set_key(Some(numbered(key, number))).send().await?;
                }
                Call::Transact(writes) => {
                    let writes = writes.iter().map(|write| numbered_write(write, number));
                    self.transaction().set_transact_items(Some(writes.collect())).send().await?;
                }
            }
        }
        Ok(())
    }

    fn transaction(&self) -> TransactWriteItemsFluentBuilder {
        self.client.transact_write_items()
    }
}

fn call_of(call: &Value, table: &str) -> Result<Call, Error> {
    let request = &call["request"];
    Ok(match call["operation"].as_str() {
        Some("GetItem") => Call::Get(item(&request["Key"])?),
        Some("TransactWriteItems") => {
            let writes = request["TransactItems"].as_array().into_iter().flatten();
            Call::Transact(writes.map(|write| write_of(write, table)).collect::<Result<_, _>>()?)
        }
        other => return Err(format!("no floor for {other:?}").into()),
    })
}

fn item(value: &Value) -> Result<Item, Error> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| Ok((name.clone(), attribute(value)?))).collect()
}

/// An attribute as DynamoDB's wire writes it.
fn attribute(value: &Value) -> Result<AttributeValue, Error> {
    let (kind, content) =
        value.as_object().and_then(|map| map.iter().next()).ok_or("not an attribute")?;
    let text = || content.as_str().map(str::to_owned).ok_or("not a text");
    Ok(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "BOOL" => AttributeValue::Bool(content.as_bool().ok_or("not a boolean")?),
        "NULL" => AttributeValue::Null(true),
        "M" => AttributeValue::M(item(content)?),
        "L" => {
            let entries = content.as_array().into_iter().flatten().map(attribute);
            AttributeValue::L(entries.collect::<Result<_, _>>()?)
        }
        other => return Err(format!("attribute of type {other}").into()),
    })
}

fn write_of(write: &Value, table: &str) -> Result<TransactWriteItem, Error> {
    let text = |of: &Value, name: &str| of[name].as_str().map(str::to_owned);
    let names = |of: &Value| -> Option<HashMap<String, String>> {
        let names = of["ExpressionAttributeNames"].as_object()?;
        Some(
            names.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().into())).collect(),
        )
    };
    let values = |of: &Value| -> Result<Option<Item>, Error> {
        let values = &of["ExpressionAttributeValues"];
        if values.is_null() { Ok(None) } else { item(values).map(Some) }
    };
    if let Some(put) = write.get("Put") {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item(&put["Item"])?))
            .set_condition_expression(text(put, "ConditionExpression"))
            .set_expression_attribute_names(names(put))
            .set_expression_attribute_values(values(put)?);
        return Ok(TransactWriteItem::builder().put(put.build()?).build());
    }
    let update = write.get("Update").ok_or("neither a Put nor an Update")?;
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(item(&update["Key"])?))
        .set_update_expression(text(update, "UpdateExpression"))
        .set_condition_expression(text(update, "ConditionExpression"))
        .set_expression_attribute_names(names(update))
        .set_expression_attribute_values(values(update)?);
    Ok(TransactWriteItem::builder().update(update.build()?).build())
}

fn numbered(item: &Item, number: &str) -> Item {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) if text.contains(NUMBER) => {
            AttributeValue::S(text.replace(NUMBER, number))
        }
        other => other.clone(),
    };
    item.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect()
}

fn numbered_write(write: &TransactWriteItem, number: &str) -> TransactWriteItem {
    let mut write = write.clone();
    if let Some(put) = &mut write.put {
        put.item = numbered(&put.item, number);
    }
    if let Some(update) = &mut write.update {
        update.key = numbered(&update.key, number);
    }
    write
}
