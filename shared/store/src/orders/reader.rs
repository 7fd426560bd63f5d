use std::marker::PhantomData;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Stored;
use crate::{
    connection::{Item, Table},
    error::StoreError,
    keys,
};

/// Reads orders of one kind.
#[derive(Debug, Clone)]
pub struct OrderReader<L> {
    pub(crate) table: Table,
    kind: PhantomData<fn() -> L>,
}

impl<L> OrderReader<L> {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table, kind: PhantomData }
    }
}

impl<L: Stored> OrderReader<L> {
    /// The order with this id, by a consistent read. An order of another kind is none.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, id: impl ToString + Send) -> Result<Option<L>, StoreError> {
        self.item(&id.to_string()).await?.map(L::from_item).transpose()
    }

    pub(super) async fn item(&self, id: &str) -> Result<Option<Item>, StoreError> {
        let item = self.table.item(&keys::order(id), true).await?;
        Ok(item.filter(is_of_kind::<L>))
    }
}

/// Whether an item under the key of an order is an order of this kind: ids of all kinds share
/// the keys, and a caller may send any of them.
pub(crate) fn is_of_kind<L: Stored>(item: &Item) -> bool {
    matches!(item.get("kind"), Some(AttributeValue::S(kind)) if kind == L::KIND.as_str())
}
