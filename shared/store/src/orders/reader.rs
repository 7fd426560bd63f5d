use std::marker::PhantomData;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::order::OrderKind;
use time::Duration;

use super::OrderWork;
use crate::{
    connection::{Item, Table},
    error::StoreError,
    keys,
};

/// What the item of an order is read as.
pub trait Readable: Sized {
    /// Whether an item under the key of an order is one of these: ids of all kinds share the keys,
    /// and a caller may send any of them.
    fn is_in(item: &Item) -> bool;

    /// The order of an item.
    ///
    /// # Errors
    /// The item cannot be read.
    fn from_item(item: Item) -> Result<Self, StoreError>;
}

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

impl<L> OrderReader<L> {
    /// Commits what happens to these orders: see [`OrderWork::new`].
    pub fn work(&self, watchdog: Duration) -> OrderWork<L> {
        OrderWork::new(self.table.clone(), watchdog)
    }
}

impl<L: Readable> OrderReader<L> {
    /// The order with this id, by a consistent read. An order of another kind is none.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, id: impl ToString + Send) -> Result<Option<L>, StoreError> {
        self.item(&id.to_string()).await?.map(L::from_item).transpose()
    }

    pub(super) async fn item(&self, id: &str) -> Result<Option<Item>, StoreError> {
        let item = self.table.item(&keys::order(id), true).await?;
        Ok(item.filter(L::is_in))
    }
}

/// Whether an item is an order of this kind.
pub(crate) fn is_of_kind(item: &Item, expected: OrderKind) -> bool {
    matches!(item.get("kind"), Some(AttributeValue::S(kind)) if kind == expected.as_str())
}
