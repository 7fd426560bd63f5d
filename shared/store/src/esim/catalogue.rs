//! The catalogue of a tenant, kept by the operator.

use std::collections::BTreeSet;

use domain::{
    esim::{Currency, Product},
    identity::Tenant,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use super::DynamoStock;
use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::Write,
    keys::{self, Key},
    records::{CurrenciesRecord, ProductRecord},
    transaction::{self, Outcome},
};

/// Registers products and currencies.
#[derive(Debug, Clone)]
pub struct DynamoCatalogue {
    table: Table,
}

impl DynamoCatalogue {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Registers a product, or registers it anew. False: it was changed at the same time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn put_product(
        &self,
        tenant: &Tenant,
        product: &Product,
    ) -> Result<bool, StoreError> {
        let key = keys::product(tenant, &product.id);
        let profile_type = product.profile_type.clone();
        DynamoStock::new(self.table.clone()).register_type(&profile_type).await?;
        self.put(&key, |read: Option<&ProductRecord>| {
            let revision = read.map_or(0, |record| record.revision);
            let Key { pk, sk } = key.clone();
            let record = ProductRecord { pk, sk, profile_type, revision: revision + 1 };
            (record, revision)
        })
        .await
    }

    /// The products of a tenant, by id, and the currencies in which its prices may be told.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn of(
        &self,
        tenant: &Tenant,
    ) -> Result<(Vec<Product>, BTreeSet<Currency>), StoreError> {
        let partition = keys::product_partition(tenant);
        let mut products = Vec::new();
        for item in self.table.query_partition(&partition).await? {
            let ProductRecord { sk, profile_type, .. } = from_item(item)?;
            let id = sk.parse().map_err(|_| StoreError::Corrupt("a product's id".to_owned()))?;
            products.push(Product { id, profile_type });
        }
        let currencies: Option<CurrenciesRecord> =
            self.table.get_consistent(&keys::currencies(tenant)).await?;
        let currencies = currencies.map(|record| record.currencies).unwrap_or_default();
        Ok((products, currencies))
    }

    /// Registers the currencies in which prices may be told, in place of those before. False:
    /// it was changed at the same time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn put_currencies(
        &self,
        tenant: &Tenant,
        currencies: BTreeSet<Currency>,
    ) -> Result<bool, StoreError> {
        let key = keys::currencies(tenant);
        self.put(&key, |read: Option<&CurrenciesRecord>| {
            let revision = read.map_or(0, |record| record.revision);
            let Key { pk, sk } = key.clone();
            (CurrenciesRecord { pk, sk, currencies, revision: revision + 1 }, revision)
        })
        .await
    }

    async fn put<R: Serialize + DeserializeOwned>(
        &self,
        key: &Key,
        anew: impl FnOnce(Option<&R>) -> (R, u64),
    ) -> Result<bool, StoreError> {
        let read: Option<R> = self.table.get_consistent(key).await?;
        let (record, revision) = anew(read.as_ref());
        let item = to_item(record)?;
        let write = match read {
            None => Write::put(item, Condition::Absent),
            Some(_) => Write::put(item, Condition::AsRead { revision }),
        };
        Ok(matches!(transaction::run(&self.table, vec![write]).await?, Outcome::Done))
    }
}
