//! Reads of subscriptions.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    identity::Tenant,
    subscription::{Claim, Subscription, SubscriptionId, SubscriptionRef, SubscriptionState, Tag},
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use crate::{
    connection::Table,
    error::StoreError,
    expression::text,
    keys,
    records::{ClaimRecord, SubscriptionRecord},
};

/// Maximum pointers cached by a process, about 2 MB.
const CACHED_POINTERS: usize = 10_000;

/// Maximum index pages read per call when a filter matches few subscriptions; the caller continues
/// from the cursor.
const PAGES_PER_CALL: usize = 5;

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

/// The filter of a list.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// Only subscriptions with this tag.
    pub tag: Option<Tag>,
    /// Only subscriptions in this state.
    pub state: Option<SubscriptionState>,
}

impl ListFilter {
    fn matches(&self, subscription: &Subscription) -> bool {
        self.tag.as_ref().is_none_or(|tag| subscription.tags.contains(tag))
            && self.state.is_none_or(|state| subscription.state == state)
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The subscriptions, newest first.
    pub items: Vec<Subscription>,
    /// The last id of this page, from which the next page continues; none at the end.
    pub next: Option<SubscriptionId>,
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

    /// The tenant's subscriptions, newest first.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(
        &self,
        tenant: &Tenant,
        filter: &ListFilter,
        limit: usize,
        after: Option<SubscriptionId>,
    ) -> Result<Page, StoreError> {
        let mut items = Vec::new();
        let mut cursor = after;
        for _ in 0..PAGES_PER_CALL {
            let ids = self.ids(tenant, limit, cursor).await?;
            let end = ids.len() < limit;
            for found in self.get_all(&ids).await? {
                cursor = Some(found.id);
                if filter.matches(&found) && found.tenant == *tenant {
                    items.push(found);
                }
                if items.len() == limit {
                    return Ok(Page { items, next: cursor });
                }
            }
            if end {
                return Ok(Page { items, next: None });
            }
            cursor = ids.last().copied();
        }
        Ok(Page { items, next: cursor })
    }

    async fn ids(
        &self,
        tenant: &Tenant,
        limit: usize,
        after: Option<SubscriptionId>,
    ) -> Result<Vec<SubscriptionId>, StoreError> {
        let owner = keys::subscriptions_of(tenant);
        let start = after.map(|id| {
            let mut start = keys::subscription(id).attributes();
            start.insert("ownerKey".to_owned(), text(&owner));
            start.insert("ownerSort".to_owned(), text(id.to_string()));
            start
        });
        let response = self
            .table
            .client
            .query()
            .table_name(&*self.table.name)
            .index_name("byOwner")
            .key_condition_expression("ownerKey = :owner")
            .expression_attribute_values(":owner", text(&owner))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await?;
        response
            .items()
            .iter()
            .map(|item| match item.get("ownerSort") {
                Some(AttributeValue::S(id)) => id
                    .parse()
                    .map(SubscriptionId)
                    .map_err(|_| StoreError::Corrupt("owner index".to_owned())),
                _ => Err(StoreError::Corrupt("owner index".to_owned())),
            })
            .collect()
    }

    /// The subscriptions with these ids, in this order; ids without a subscription are skipped.
    async fn get_all(&self, ids: &[SubscriptionId]) -> Result<Vec<Subscription>, StoreError> {
        let mut found: HashMap<SubscriptionId, Subscription> = HashMap::new();
        let wanted = ids.iter().map(|id| keys::subscription(*id));
        for item in self.table.items(wanted, false).await? {
            let subscription = Subscription::from(from_item::<SubscriptionRecord>(item)?);
            found.insert(subscription.id, subscription);
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }
}
