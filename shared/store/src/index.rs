//! The index of what belongs to whom, and any other index of keys.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    connection::{Item, Table},
    error::StoreError,
    expression::text,
    keys,
};

/// The keys in the response of a keys-only index.
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
    /// All keys in one partition of an index.
    pub(crate) async fn query_index(
        &self,
        index: &str,
        attribute: &str,
        partition: AttributeValue,
    ) -> Result<Vec<keys::Key>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let response = self
                .client
                .query()
                .table_name(&*self.name)
                .index_name(index)
                .key_condition_expression(format!("{attribute} = :partition"))
                .expression_attribute_values(":partition", partition.clone())
                .set_exclusive_start_key(start)
                .send()
                .await?;
            found.extend(keys_of(response.items.unwrap_or_default())?);
            start = response.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    /// Keys in one partition of the owner index in descending order, from `start` on; and the sort
    /// key of the last of them when there are more.
    pub(crate) async fn query_owner(
        &self,
        owner: &str,
        limit: usize,
        start: Option<Item>,
    ) -> Result<(Vec<keys::Key>, Option<String>), StoreError> {
        let response = self
            .client
            .query()
            .table_name(&*self.name)
            .index_name("byOwner")
            .key_condition_expression("ownerKey = :owner")
            .expression_attribute_values(":owner", text(owner))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await?;
        let more =
            response.last_evaluated_key.as_ref().and_then(|last| match last.get("ownerSort") {
                Some(AttributeValue::S(sort)) => Some(sort.clone()),
                _ => None,
            });
        Ok((keys_of(response.items.unwrap_or_default())?, more))
    }

    /// Sort keys in one partition of the owner index between two bounds, both included, in
    /// descending order, from `start` on; and where to continue when there may be more.
    ///
    /// The bounds are in their order: DynamoDB takes no empty range.
    pub(crate) async fn owned_between(
        &self,
        owner: &str,
        (from, to): (&str, &str),
        limit: usize,
        start: Option<Item>,
    ) -> Result<(Vec<String>, Option<Item>), StoreError> {
        let response = self
            .client
            .query()
            .table_name(&*self.name)
            .index_name("byOwner")
            .key_condition_expression("ownerKey = :owner AND ownerSort BETWEEN :from AND :to")
            .expression_attribute_values(":owner", text(owner))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await?;
        let sort = |mut item: Item| match item.remove("ownerSort") {
            Some(AttributeValue::S(sort)) => Some(sort),
            _ => None,
        };
        let found = response.items.unwrap_or_default().into_iter().filter_map(sort).collect();
        Ok((found, response.last_evaluated_key))
    }
}
