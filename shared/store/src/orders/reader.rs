use std::marker::PhantomData;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    idempotency::{Once, Remembered},
    identity::Tenant,
};
use time::OffsetDateTime;

use super::{Stored, stored_response};
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

    /// The response stored under an idempotency key, if any.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn remembered(
        &self,
        tenant: &Tenant,
        once: &Once,
        now: OffsetDateTime,
    ) -> Result<Option<Remembered>, StoreError> {
        stored_response(&self.table, tenant, once, now).await
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
        Ok(item.filter(|item| match item.get("kind") {
            Some(AttributeValue::S(kind)) => kind == L::KIND.as_str(),
            _ => false,
        }))
    }
}
