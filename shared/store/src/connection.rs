//! The table, and the client that reaches it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws::Service;
use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    error::StoreError,
    expression::{Write, number},
    keys,
};

/// The one table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) client: Client,
    pub(crate) name: Arc<str>,
}

impl Table {
    /// The table of that name, reached with these settings.
    pub fn connect(settings: &aws::Settings, name: &str) -> Self {
        let config =
            aws_sdk_dynamodb::config::Builder::from(&settings.sdk_config(Service::DynamoDb))
                .retry_partition(settings.retry_partition())
                .build();
        Self::with_client(Client::from_conf(config), name)
    }

    /// The table of that name, reached by a client of the caller's.
    pub fn with_client(client: Client, name: &str) -> Self {
        Self { client, name: name.into() }
    }

    /// Opens the connection with a read of an item that is not there. Called while the function
    /// starts, at full CPU: the first caller does not pay for the TLS handshake. Errors do not
    /// matter here; whatever is wrong, the first real call says it.
    pub async fn warm(&self) {
        let probe = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(keys::order("warm").attributes()))
            .send();
        if tokio::time::timeout(Duration::from_secs(1), probe).await.is_err() {
            tracing::debug!("no connection to the table yet");
        }
    }
}

impl Table {
    /// The item under a key as it is now (a consistent read), or none.
    pub(crate) async fn read<T: serde::de::DeserializeOwned>(
        &self,
        key: &keys::Key,
    ) -> Result<Option<T>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(from_item).transpose()?)
    }

    /// One update under its condition.
    pub(crate) async fn update(&self, write: Write) -> Result<Updated, StoreError> {
        let parts = write.into_update_parts();
        let sent = self
            .client
            .update_item()
            .table_name(&*self.name)
            .set_key(Some(parts.key))
            .update_expression(parts.expression)
            .condition_expression(parts.condition)
            .set_expression_attribute_names(Some(parts.names))
            .set_expression_attribute_values(Some(parts.values).filter(|v| !v.is_empty()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(answer) => Ok(Updated::Applied(answer.attributes.unwrap_or_default())),
            Err(SdkError::ServiceError(failure)) => match failure.into_err() {
                UpdateItemError::ConditionalCheckFailedException(failed) => {
                    Ok(Updated::Refused(failed.item.unwrap_or_default()))
                }
                other => Err(StoreError::of_service(&other)),
            },
            Err(error) => Err(error.into()),
        }
    }
}

/// What became of an update.
#[derive(Debug)]
pub(crate) enum Updated {
    /// The item after it.
    Applied(Item),
    /// The item that was there, empty when none was.
    Refused(Item),
}

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The keys in an answer of an index that holds nothing else.
fn keys_of(items: Vec<Item>) -> Result<Vec<keys::Key>, StoreError> {
    let text = |item: &Item, name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text.clone()),
        _ => Err(StoreError::Corrupt(format!("an index entry without {name}"))),
    };
    items
        .iter()
        .map(|item| Ok(keys::Key { pk: text(item, "pk")?, sk: text(item, "sk")? }))
        .collect()
}

impl Table {
    /// Keys of everything in one partition of an index.
    pub(crate) async fn query_index(
        &self,
        index: &str,
        attribute: &str,
        partition: AttributeValue,
    ) -> Result<Vec<keys::Key>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&*self.name)
                .index_name(index)
                .key_condition_expression(format!("{attribute} = :partition"))
                .expression_attribute_values(":partition", partition.clone())
                .set_exclusive_start_key(start)
                .send()
                .await?;
            found.extend(keys_of(answer.items.unwrap_or_default())?);
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Keys of the first 100 orders of a due partition with a time up to `until`.
    pub(crate) async fn query_due(
        &self,
        partition: String,
        until: i64,
    ) -> Result<Vec<keys::Key>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&*self.name)
            .index_name("byDue")
            .key_condition_expression("dueShard = :shard AND dueAt <= :until")
            .expression_attribute_values(":shard", AttributeValue::S(partition))
            .expression_attribute_values(":until", number(until))
            .limit(100)
            .send()
            .await?;
        keys_of(answer.items.unwrap_or_default())
    }
}
