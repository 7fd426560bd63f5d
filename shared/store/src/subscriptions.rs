//! Reads of subscriptions.

mod list;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    identity::Tenant,
    subscription::{Claim, Subscription, SubscriptionId, SubscriptionRef},
};

use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    connection::Table,
    error::StoreError,
    keys,
    records::{ClaimRecord, SubscriptionRecord},
};

pub use list::{ListQuery, Listing, MOST_LISTED, Page};

/// Maximum pointers cached by a process, about 2 MB.
const CACHED_POINTERS: usize = 10_000;

/// Reads subscriptions by their numbers.
///
/// A lookup reads the claim on the number and then the subscription, which is the claim itself for
/// the SIM that it was created with. Claims rarely change, so the pointer from number to
/// subscription is cached, which saves the first read of later lookups. The subscription's own
/// numbers show whether a cached pointer is still valid.
#[derive(Debug, Clone)]
pub struct DynamoSubscriptions {
    table: Table,
    pointers: Arc<Mutex<HashMap<SubscriptionRef, SubscriptionId>>>,
}

impl DynamoSubscriptions {
    /// In this table.
    pub fn new(table: Table) -> Self {
        Self { table, pointers: Arc::default() }
    }

    /// The tenant's subscription with this number, by consistent reads. A subscription of another
    /// tenant is not found.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn find(
        &self,
        tenant: &Tenant,
        reference: &SubscriptionRef,
    ) -> Result<Option<Subscription>, StoreError> {
        Ok(self.find_of_any(reference).await?.filter(|found| found.tenant == *tenant))
    }

    /// The subscription with this number, of whatever tenant: for the operator.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub async fn find_of_any(
        &self,
        reference: &SubscriptionRef,
    ) -> Result<Option<Subscription>, StoreError> {
        if let Some(id) = self.pointer(reference)
            && let Some(found) = self.get(id).await?.filter(|found| found.has_number(reference))
        {
            return Ok(Some(found));
        }
        let key = keys::claim(&Claim::from(reference.clone()));
        let Some(item) = self.table.item(&key, true).await? else { return Ok(None) };
        let found = if SubscriptionRecord::is_in(&item) {
            Some(from_item::<SubscriptionRecord>(item)?.into())
        } else {
            let claim: ClaimRecord = from_item(item)?;
            if claim.void { None } else { self.get(claim.subscription).await? }
        };
        let found = found.filter(|found| found.has_number(reference));
        if let Some(found) = &found {
            self.cache(reference.clone(), found.id);
        }
        Ok(found)
    }

    /// A subscription by its id, of whatever tenant, by a consistent read.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
        let item = self.table.item(&keys::subscription(id), true).await?;
        let item = item.filter(SubscriptionRecord::is_in);
        Ok(item.map(from_item::<SubscriptionRecord>).transpose()?.map(Subscription::from))
    }

    fn pointer(&self, reference: &SubscriptionRef) -> Option<SubscriptionId> {
        let pointers = self.pointers.lock().unwrap_or_else(PoisonError::into_inner);
        pointers.get(reference).copied()
    }

    fn cache(&self, reference: SubscriptionRef, id: SubscriptionId) {
        let mut pointers = self.pointers.lock().unwrap_or_else(PoisonError::into_inner);
        if pointers.len() >= CACHED_POINTERS {
            pointers.clear();
        }
        pointers.insert(reference, id);
    }
}
