//! The table and its client.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws::{QuotaWatch, Service};
use aws_sdk_dynamodb::{
    Client,
    config::{Builder, retry::RetryConfig},
    error::SdkError,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{
        AttributeValue, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure, Select,
    },
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    error::StoreError,
    expression::{Write, names_in},
    keys,
    quota::{OrderRate, Quota},
};

/// Maximum keys per BatchGetItem (a DynamoDB limit).
const BATCH: usize = 100;
/// Maximum retries of unprocessed keys, and the maximum delay before each.
const BATCH_RETRIES: u32 = 6;
const BATCH_DELAY: Duration = Duration::from_millis(200);

/// The one table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) client: Client,
    pub(crate) name: Arc<str>,
    /// Permits to place orders, shared by all adapters of the process.
    pub(crate) quota: Quota,
}

impl Table {
    /// The table with this name, reached with these settings.
    pub fn connect(settings: &aws::Settings, name: &str) -> Self {
        let config = Builder::from(&settings.sdk_config(Service::DynamoDb))
            .retry_partition(settings.retry_partition())
            .interceptor(QuotaWatch)
            .build();
        Self::with_client(Client::from_conf(config), name)
    }

    /// The table with this name, reached with the given client.
    pub fn with_client(client: Client, name: &str) -> Self {
        Self { client, name: name.into(), quota: Quota::default() }
    }

    /// With another limit for the orders of an owner. Holds no permits yet, like the table of a new
    /// process.
    #[must_use]
    pub fn with_order_rate(self, rate: OrderRate) -> Self {
        Self { quota: Quota::new(rate), ..self }
    }

    /// Opens the connection by reading an item that does not exist. Called during init, at full
    /// CPU, so that the first request does not wait for the TLS handshake. Ignores errors: the
    /// first real call reports them.
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
    /// The item under a key, by a strongly consistent read; none when there is no such item.
    pub(crate) async fn get_consistent<T: serde::de::DeserializeOwned>(
        &self,
        key: &keys::Key,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.item(key, true).await?.map(from_item).transpose()?)
    }

    /// The item under a key, by an eventually consistent read: half the price of
    /// [`Self::get_consistent`].
    pub(crate) async fn get_eventual<T: serde::de::DeserializeOwned>(
        &self,
        key: &keys::Key,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.item(key, false).await?.map(from_item).transpose()?)
    }

    /// The item under a key, not deserialized: its type depends on its attributes.
    pub(crate) async fn item(
        &self,
        key: &keys::Key,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        let call = self.client.get_item().table_name(&*self.name);
        let call = call.set_key(Some(key.attributes())).consistent_read(consistent);
        Ok(call.send().await?.item)
    }

    /// The existing items under these keys, in any order.
    pub(crate) async fn items(
        &self,
        wanted: impl IntoIterator<Item = keys::Key>,
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        self.items_under(wanted, consistent, false).await
    }

    /// As [`Self::items`], eventually consistent, with one attempt for each call: for callers that
    /// ask for less when it fails.
    pub(crate) async fn items_at_once(
        &self,
        wanted: impl IntoIterator<Item = keys::Key>,
    ) -> Result<Vec<Item>, StoreError> {
        self.items_under(wanted, false, true).await
    }

    async fn items_under(
        &self,
        wanted: impl IntoIterator<Item = keys::Key>,
        consistent: bool,
        once: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let mut wanted: Vec<_> = wanted.into_iter().map(|key| key.attributes()).collect();
        let (mut found, mut retries) = (Vec::with_capacity(wanted.len()), 0);
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(BATCH));
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(consistent)
                .build()
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let call = self.client.batch_get_item().request_items(&*self.name, keys);
            let response = match once {
                true => {
                    let once = Builder::new().retry_config(RetryConfig::disabled());
                    call.customize().config_override(once).send().await?
                }
                false => call.send().await?,
            };
            found.extend(response.responses.into_iter().flatten().flat_map(|(_, items)| items));
            let left = response.unprocessed_keys.into_iter().flatten();
            wanted = left.flat_map(|(_, keys)| keys.keys).collect();
            if !wanted.is_empty() {
                retries += 1;
                if retries > BATCH_RETRIES {
                    return Err(StoreError::Throttled("BatchGetItem".to_owned()));
                }
                tokio::time::sleep(BATCH_DELAY.mul_f64(fastrand::f64())).await;
            }
            wanted.extend(rest);
        }
        Ok(found)
    }

    /// Every item of a partition, by sort key: a consistent read of all its pages.
    pub(crate) async fn query_partition(&self, partition: &str) -> Result<Vec<Item>, StoreError> {
        self.query_attributes(partition, None).await
    }

    /// The same, only these attributes, if some are given.
    pub(crate) async fn query_attributes(
        &self,
        partition: &str,
        attributes: Option<&[&str]>,
    ) -> Result<Vec<Item>, StoreError> {
        let projection = attributes.map(|names| format!("#{}", names.join(", #")));
        let names = projection.as_deref().map(names_in);
        let (mut found, mut start) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .query()
                .table_name(&*self.name)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
                .set_projection_expression(projection.clone())
                // Said, although it is the default then: roles that name attributes demand it.
                .set_select(projection.is_some().then_some(Select::SpecificAttributes))
                .set_expression_attribute_names(names.clone())
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await?;
            found.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// The items of one partition between two sort keys, both included, by a strongly consistent
    /// read: at most `limit` from the first or from the last on, and whether there may be more.
    pub(crate) async fn between(
        &self,
        partition: &str,
        (from, to): (&str, &str),
        ascending: bool,
        limit: usize,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let page = self
            .client
            .query()
            .table_name(&*self.name)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .expression_attribute_values(":from", AttributeValue::S(from.to_owned()))
            .expression_attribute_values(":to", AttributeValue::S(to.to_owned()))
            .consistent_read(true)
            .scan_index_forward(ascending)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key.is_some()))
    }

    /// The first records of [`Self::between`].
    pub(crate) async fn query_between<T: serde::de::DeserializeOwned>(
        &self,
        partition: String,
        range: (&str, &str),
        limit: usize,
    ) -> Result<Vec<T>, StoreError> {
        let (items, _) = self.between(&partition, range, true, limit).await?;
        items.into_iter().map(|item| Ok(from_item(item)?)).collect()
    }

    /// The last record of [`Self::between`].
    pub(crate) async fn query_last<T: serde::de::DeserializeOwned>(
        &self,
        partition: String,
        range: (&str, &str),
    ) -> Result<Option<T>, StoreError> {
        let (items, _) = self.between(&partition, range, false, 1).await?;
        items.into_iter().next().map(|item| Ok(from_item(item)?)).transpose()
    }

    /// Puts an item under its condition. Returns `false` if the condition did not hold. A retry
    /// after a lost response also returns `false`; use only for idempotent items.
    pub(crate) async fn put(&self, write: Write) -> Result<bool, StoreError> {
        Ok(matches!(self.put_or_found(write).await?, Updated::Applied(_)))
    }

    /// The same with the item that was there if the condition did not hold. The response to a put
    /// has no item.
    pub(crate) async fn put_or_found(&self, write: Write) -> Result<Updated, StoreError> {
        write.check_size()?;
        let parts = write.into_update_parts();
        let sent = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(parts.key))
            .condition_expression(parts.condition)
            .set_expression_attribute_names(Some(parts.names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(parts.values).filter(|v| !v.is_empty()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Updated::Applied(Item::new())),
            Err(SdkError::ServiceError(failure)) => match failure.into_err() {
                PutItemError::ConditionalCheckFailedException(failed) => {
                    Ok(Updated::Refused(failed.item.unwrap_or_default()))
                }
                other => Err(StoreError::of_service(&other)),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// One update under its condition.
    pub(crate) async fn update(&self, write: Write) -> Result<Updated, StoreError> {
        write.check_size()?;
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
            Ok(response) => Ok(Updated::Applied(response.attributes.unwrap_or_default())),
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

/// The outcome of an update.
#[derive(Debug)]
pub(crate) enum Updated {
    /// The updated item.
    Applied(Item),
    /// The stored item; empty when there was none.
    Refused(Item),
}

/// An item in the form of the SDK.
pub(crate) type Item = HashMap<String, AttributeValue>;
