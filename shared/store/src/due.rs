//! The index of due items, page by page, and the items that its entries name.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::{
    connection::{Item, Table},
    error::StoreError,
    expression::{number, text},
};

/// Entries of one query: an entry is two keys.
const PAGE: usize = 1_000;
/// Maximum keys per BatchGetItem (a DynamoDB limit).
const BATCH: usize = 100;

/// A position in the due entries of a shard.
#[derive(Debug, Clone)]
pub struct DuePosition(Item);

impl Table {
    /// At most `most` entries of a partition that are due at `until`, in milliseconds since 1970,
    /// the longest due first, from `start` on; and the position to continue from when there may be
    /// more. An entry has the keys of the item and of the index.
    pub(crate) async fn due_entries(
        &self,
        partition: &str,
        until: i64,
        most: usize,
        start: Option<DuePosition>,
    ) -> Result<(Vec<Item>, Option<DuePosition>), StoreError> {
        let (mut found, mut start) = (Vec::new(), start);
        loop {
            let limit = PAGE.min(most.saturating_sub(found.len()));
            let page = self
                .client
                .query()
                .table_name(&*self.name)
                .index_name("byDue")
                .key_condition_expression("dueShard = :shard AND dueAt <= :until")
                .expression_attribute_values(":shard", text(partition))
                .expression_attribute_values(":until", number(until))
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start.take().map(|DuePosition(from)| from))
                .send()
                .await?;
            found.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key.map(DuePosition);
            if start.is_none() || found.len() >= most {
                return Ok((found, start));
            }
        }
    }

    /// These attributes of the items that some entries name, by strongly consistent reads, in any
    /// order. An item that is gone is left out, and one that a busy table does not return: the next
    /// sweep finds it due again.
    pub(crate) async fn due_items(
        &self,
        entries: &[Item],
        attributes: &[&str],
    ) -> Result<Vec<Item>, StoreError> {
        let names = attributes.iter().map(|name| (format!("#{name}"), (*name).to_owned()));
        let names: HashMap<_, _> = names.collect();
        let projection: Vec<_> = names.keys().map(String::as_str).collect();
        let projection = projection.join(", ");
        let mut found = Vec::with_capacity(entries.len());
        for some in entries.chunks(BATCH) {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(some.iter().map(key).collect()))
                .projection_expression(&projection)
                .set_expression_attribute_names(Some(names.clone()))
                .consistent_read(true)
                .build()
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let call = self.client.batch_get_item().request_items(&*self.name, keys);
            let response = call.send().await?.responses.into_iter().flatten();
            found.extend(response.flat_map(|(_, items)| items));
        }
        Ok(found)
    }
}

/// The key of the item that an entry names.
fn key(entry: &Item) -> HashMap<String, AttributeValue> {
    let part = |name: &str| Some((name.to_owned(), entry.get(name)?.clone()));
    ["pk", "sk"].into_iter().filter_map(part).collect()
}

/// The partition key of an item or entry.
pub(crate) fn partition_of(item: &Item) -> Option<&String> {
    item.get("pk")?.as_s().ok()
}
