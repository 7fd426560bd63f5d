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
/// A lookup reads the claim on the number and then the subscription. Claims rarely change, so the
/// pointer from number to subscription is cached, which saves the first read of later lookups. The
/// subscription's own numbers show whether a cached pointer is still valid.
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
        if let Some(id) = self.pointer(reference)
            && let Some(found) = self.get(id).await?.filter(|found| found.has_number(reference))
        {
            return Ok(Some(found).filter(|found| found.tenant == *tenant));
        }
        let key = keys::claim(&Claim::from(reference.clone()));
        let claim: Option<ClaimRecord> = self.table.get_consistent(&key).await?;
        let Some(id) = claim.filter(|claim| !claim.void).map(|claim| claim.subscription) else {
            return Ok(None);
        };
        let found = self.get(id).await?.filter(|found| found.has_number(reference));
        if found.is_some() {
            self.cache(reference.clone(), id);
        }
        Ok(found.filter(|found| found.tenant == *tenant))
    }

    /// A subscription by its id, by a consistent read.
    async fn get(&self, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
        let record: Option<SubscriptionRecord> =
            self.table.get_consistent(&keys::subscription(id)).await?;
        Ok(record.map(Subscription::from))
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
