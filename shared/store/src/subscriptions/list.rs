//! Lists of a tenant's subscriptions. The index has them newest first; everything else is found in a
//! bounded number of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    identity::Tenant,
    subscription::{
        SortOrder, SortedSubscription, Subscription, SubscriptionFilter, SubscriptionId,
        SubscriptionRef,
    },
};
use futures::future::try_join_all;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use super::DynamoSubscriptions;
use crate::{error::StoreError, expression::text, keys, records::SubscriptionRecord};

/// Maximum subscriptions that one list looks at.
pub const MOST_LISTED: usize = 10_000;
/// Maximum subscriptions read at the same time: a page of the index, and its items.
const PAGE: usize = 1_000;
/// Maximum items of one read (a DynamoDB limit).
const BATCH: usize = 100;

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Which subscriptions.
    pub filter: SubscriptionFilter,
    /// In which order.
    pub order: SortOrder,
    /// How many of them are left out first.
    pub offset: usize,
    /// The most subscriptions of a page.
    pub limit: usize,
    /// [`Page::next`] of the page before. Only for a list that is newest first, without an offset.
    pub after: Option<SubscriptionId>,
}

/// The outcome of a list.
#[derive(Debug, Clone)]
pub enum Listing {
    /// A page of it.
    Page(Page),
    /// The tenant has more than [`MOST_LISTED`] subscriptions, so that this order or offset is not
    /// known.
    TooMany,
}

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The subscriptions, in their order.
    pub items: Vec<Subscription>,
    /// The id from which the next page continues, newest first; none at the end, and none of a list
    /// in another order.
    pub next: Option<SubscriptionId>,
}

impl DynamoSubscriptions {
    /// The tenant's subscriptions. Looks at no more than [`MOST_LISTED`] of them; a page of those
    /// that match, newest first, may be short for that reason, and then has a next one.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(&self, tenant: &Tenant, query: &ListQuery) -> Result<Listing, StoreError> {
        if let Some(number) = query.filter.number() {
            return self.only(tenant, query, &number).await;
        }
        if query.order.is_newest_first() {
            self.newest_first(tenant, query).await
        } else {
            self.sorted(tenant, query).await
        }
    }

    /// The only subscription that can match: no index is read.
    async fn only(
        &self,
        tenant: &Tenant,
        query: &ListQuery,
        number: &SubscriptionRef,
    ) -> Result<Listing, StoreError> {
        let found = self.find(tenant, number).await?;
        // A page that continues after a subscription has only older ones.
        let is_here = |one: &Subscription| {
            query.filter.matches(one) && query.after.is_none_or(|after| one.id < after)
        };
        let items = found.into_iter().filter(is_here).skip(query.offset).collect();
        Ok(Listing::Page(Page { items, next: None }))
    }

    async fn newest_first(
        &self,
        tenant: &Tenant,
        query: &ListQuery,
    ) -> Result<Listing, StoreError> {
        let ListQuery { filter, limit, .. } = query;
        let (mut items, mut skip, mut read) = (Vec::new(), query.offset, 0);
        let mut place = query.after;
        loop {
            let missing = if filter.is_empty() { skip + limit - items.len() } else { PAGE };
            let wanted = missing.min(PAGE).min(MOST_LISTED + 1 - read);
            let mut ids = self.ids(tenant, wanted, place).await?;
            let is_end = ids.len() < wanted;
            read += ids.len();
            place = ids.last().copied().or(place);
            if filter.is_empty() {
                // No item decides whether it counts.
                let skipped = skip.min(ids.len());
                ids.drain(..skipped);
                skip -= skipped;
            }
            for found in self.get_all(tenant, &ids).await? {
                if !filter.matches(&found) {
                    continue;
                }
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let next = Some(found.id);
                items.push(found);
                if items.len() == *limit {
                    return Ok(Listing::Page(Page { items, next }));
                }
            }
            if is_end {
                return Ok(Listing::Page(Page { items, next: None }));
            }
            if read > MOST_LISTED {
                let is_known = query.offset == 0;
                let page = Page { items, next: place };
                return Ok(if is_known { Listing::Page(page) } else { Listing::TooMany });
            }
        }
    }

    /// In an order that no index has. What is compared is kept of every subscription, and the items
    /// of the page are read again.
    async fn sorted(&self, tenant: &Tenant, query: &ListQuery) -> Result<Listing, StoreError> {
        let Some(ids) = self.all_ids(tenant).await? else { return Ok(Listing::TooMany) };
        let mut all: Vec<SortedSubscription> = Vec::new();
        for some in ids.chunks(PAGE) {
            let found = self.get_all(tenant, some).await?.into_iter();
            all.extend(found.filter(|one| query.filter.matches(one)).map(Into::into));
        }
        all.sort_unstable_by(|one, other| query.order.compare(one, other));
        let page = all.into_iter().skip(query.offset).take(query.limit);
        let ids: Vec<SubscriptionId> = page.map(|one| one.id).collect();
        let mut items = self.get_all(tenant, &ids).await?;
        items.retain(|one| query.filter.matches(one));
        Ok(Listing::Page(Page { items, next: None }))
    }

    /// The ids of all subscriptions of a tenant, unless there are too many.
    async fn all_ids(&self, tenant: &Tenant) -> Result<Option<Vec<SubscriptionId>>, StoreError> {
        let mut all = Vec::new();
        loop {
            let some = self.ids(tenant, PAGE, all.last().copied()).await?;
            let is_end = some.len() < PAGE;
            all.extend(some);
            if all.len() > MOST_LISTED {
                return Ok(None);
            }
            if is_end {
                return Ok(Some(all));
            }
        }
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

    /// The tenant's subscriptions with these ids, in this order; ids without one are skipped.
    async fn get_all(
        &self,
        tenant: &Tenant,
        ids: &[SubscriptionId],
    ) -> Result<Vec<Subscription>, StoreError> {
        let batches = ids
            .chunks(BATCH)
            .map(|some| self.table.items(some.iter().map(|id| keys::subscription(*id)), false));
        let mut found: HashMap<SubscriptionId, Subscription> = HashMap::new();
        let items = try_join_all(batches).await?.into_iter().flatten();
        // The index is behind the table: what has ended is a void claim.
        for item in items.filter(SubscriptionRecord::is_in) {
            let subscription = Subscription::from(from_item::<SubscriptionRecord>(item)?);
            found.insert(subscription.id, subscription);
        }
        let found = ids.iter().filter_map(|id| found.remove(id));
        Ok(found.filter(|one| one.tenant == *tenant).collect())
    }
}
