//! Reading eSIM orders, and what a new one is judged by.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    esim::{Catalogue, Customer, Esim, EsimOperation, EsimOrderDetails, Product},
    identity::Tenant,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use super::DynamoEsimOrders;
use crate::{
    connection::Item,
    error::StoreError,
    keys,
    records::{CurrenciesRecord, CustomerRecord, EsimRecord, ProductRecord},
};

/// What is in the database when an order comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownForOrder {
    /// Of the tenant's catalogue, the products that the order names.
    pub catalogue: Catalogue,
    /// The tenant's customer with the order's e-mail address.
    pub customer: Option<Customer>,
    /// The customer is being erased: nothing is placed for it.
    pub customer_is_being_erased: bool,
    /// The tenant's eSIM with the order's ICCID.
    pub esim: Option<Esim>,
}

impl DynamoEsimOrders {
    /// What an order of this tenant is judged by, as it is now: one call.
    ///
    /// # Errors
    /// The database cannot be reached or is too busy, or an item cannot be read.
    pub async fn known_for(
        &self,
        tenant: &Tenant,
        order: &EsimOrderDetails,
    ) -> Result<KnownForOrder, StoreError> {
        let mut wanted =
            vec![keys::currencies(tenant), keys::customer(tenant, &order.customer.email)];
        // An order names a product more than once; a batch must not.
        let products: BTreeSet<_> = order.plans.iter().map(|plan| &plan.product).collect();
        wanted.extend(products.into_iter().map(|product| keys::product(tenant, product)));
        if let EsimOperation::Topup { iccid } = &order.operation {
            wanted.push(keys::esim(tenant, iccid));
        }
        let mut known = KnownForOrder::default();
        for item in self.table.items(wanted, true).await? {
            known.add(item)?;
        }
        Ok(known)
    }
}

impl KnownForOrder {
    fn add(&mut self, item: Item) -> Result<(), StoreError> {
        let pk = match item.get("pk") {
            Some(AttributeValue::S(pk)) => pk.clone(),
            _ => return Err(StoreError::Corrupt("an item without a key".to_owned())),
        };
        if pk.starts_with("CUSTOMER#") {
            let record: CustomerRecord = from_item(item)?;
            self.customer_is_being_erased = record.erasing_since.is_some();
            self.customer = Some(record.into());
        } else if pk.starts_with("ESIM#") {
            self.esim = Some(from_item::<EsimRecord>(item)?.into());
        } else if pk.ends_with("#CURRENCY") {
            self.catalogue.currencies = from_item::<CurrenciesRecord>(item)?.currencies;
        } else {
            let record: ProductRecord = from_item(item)?;
            let id: domain::esim::ProductId = record
                .sk
                .parse()
                .map_err(|_| StoreError::Corrupt(format!("{}: product id", record.pk)))?;
            let product = Product { id: id.clone(), profile_type: record.profile_type };
            self.catalogue.products.insert(id, product);
        }
        Ok(())
    }
}
