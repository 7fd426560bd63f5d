//! Pages of the index of due items, as far as it lists deliveries and the slots of receivers.

use domain::webhook::{EndpointId, MessageId};

use super::EndpointSlot;
use crate::{
    connection::{Item, Table},
    due::{DuePosition, partition_of},
    error::StoreError,
    keys,
};

/// An entry of the index: a delivery, or a slot for which deliveries wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueEntry {
    pub(super) key: keys::Key,
    pub(super) due_at: i64,
    pub(super) item: Entry,
    endpoint: EndpointId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Delivery(MessageId),
    Slot(EndpointSlot),
}

impl DueEntry {
    /// The endpoint, or the party, that it belongs to.
    pub const fn endpoint(&self) -> &EndpointId {
        &self.endpoint
    }

    pub(super) fn message(&self) -> Option<MessageId> {
        match &self.item {
            Entry::Delivery(message) => Some(message.clone()),
            Entry::Slot(_) => None,
        }
    }

    fn of(item: &Item) -> Option<Self> {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        let key = keys::Key { pk: text("pk")?, sk: text("sk")? };
        let due_at = item.get("dueAt")?.as_n().ok()?.parse().ok()?;
        let (endpoint, rest) = keys::of_endpoint(&key.pk)?;
        let endpoint: EndpointId = endpoint.parse().ok()?;
        let entry = match rest.strip_prefix(keys::SLOTS) {
            Some(index) => {
                Entry::Slot(EndpointSlot::numbered(endpoint.clone(), index.parse().ok()?))
            }
            None => Entry::Delivery(rest.parse().ok()?),
        };
        Some(Self { key, due_at, item: entry, endpoint })
    }
}

/// At most `most` entries of a partition that are due at `until`, in milliseconds since 1970, the
/// longest due first, from `start` on; and the position to continue from when there may be more.
pub(super) async fn page(
    table: &Table,
    partition: &str,
    until: i64,
    most: usize,
    start: Option<DuePosition>,
) -> Result<(Vec<DueEntry>, Option<DuePosition>), StoreError> {
    let (entries, more) = table.due_entries(partition, until, most, start).await?;
    let found = entries.iter().filter_map(|item| {
        let entry = DueEntry::of(item);
        if entry.is_none() {
            tracing::error!(pk = partition_of(item), "unknown entry among the due deliveries");
        }
        entry
    });
    Ok((found.collect(), more))
}
