//! Customers, for the operator.

use domain::{
    esim::{Customer, Email, Esim},
    identity::Tenant,
};
use time::OffsetDateTime;

use crate::{
    connection::Table,
    error::StoreError,
    expression::text,
    keys,
    records::{CustomerRecord, EsimRecord, from_millis},
};

/// Looks customers up.
#[derive(Debug, Clone)]
pub struct DynamoCustomers {
    table: Table,
}

/// A customer and its eSIMs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCustomer {
    /// The customer.
    pub customer: Customer,
    /// Its eSIMs, by number.
    pub esims: Vec<Esim>,
    /// Since when it is being erased.
    pub erasing_since: Option<OffsetDateTime>,
}

impl DynamoCustomers {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// A tenant's customer.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn find(
        &self,
        tenant: &Tenant,
        email: &Email,
    ) -> Result<Option<KnownCustomer>, StoreError> {
        let record: Option<CustomerRecord> =
            self.table.get_consistent(&keys::customer(tenant, email)).await?;
        let Some(record) = record else { return Ok(None) };
        let erasing_since = record.erasing_since.map(from_millis).transpose()?;
        let customer = Customer::from(record);
        let partition = text(keys::esims_of(customer.id));
        let mut esims = Vec::new();
        for key in self.table.query_index("byOwner", "ownerKey", partition).await? {
            esims.extend(self.table.get_consistent::<EsimRecord>(&key).await?.map(Esim::from));
        }
        Ok(Some(KnownCustomer { customer, esims, erasing_since }))
    }
}
