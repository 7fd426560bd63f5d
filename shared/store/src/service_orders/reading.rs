//! Reading service orders, one and lists: newest first, without a scan.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    clock::rfc3339,
    identity::Tenant,
    service_order::{CancelTaskId, Face, ServiceOrder, ServiceOrderId},
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use super::DynamoServiceOrders;
use crate::{
    carrier::OrderDate,
    connection::Item,
    error::StoreError,
    keys,
    orders::Readable,
    records::{DocumentRecord, ExternalIdRecord},
};

/// The most orders, or cancel tasks, that one list looks at.
pub const MOST_SERVICE_ORDERS: usize = 1_000;

/// What a list looks at, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedOrders<I> {
    /// The ids.
    pub ids: Vec<I>,
    /// Whether there are older ones.
    pub has_more: bool,
}

impl DynamoServiceOrders {
    /// An order and its document, as they are now, in one call.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn get_whole(
        &self,
        id: ServiceOrderId,
    ) -> Result<Option<(ServiceOrder, String)>, StoreError> {
        Ok(self.whole(&[id], true).await?.into_iter().next())
    }

    /// The orders with these ids and their documents, in this order; ids without one are skipped.
    /// Fifty of them are one call.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn get_all(
        &self,
        ids: &[ServiceOrderId],
    ) -> Result<Vec<(ServiceOrder, String)>, StoreError> {
        self.whole(ids, false).await
    }

    async fn whole(
        &self,
        ids: &[ServiceOrderId],
        consistent: bool,
    ) -> Result<Vec<(ServiceOrder, String)>, StoreError> {
        let wanted = ids.iter().map(ToString::to_string);
        let wanted = wanted.flat_map(|id| [keys::order(&id), keys::document(&id)]);
        let (mut orders, mut documents) = (HashMap::new(), HashMap::new());
        for item in self.table.items(wanted, consistent).await? {
            if ServiceOrder::is_in(&item) {
                let order = ServiceOrder::from_item(item)?;
                orders.insert(order.id, order);
            } else if let Some(id) = document_of(&item) {
                documents.insert(id, from_item::<DocumentRecord>(item)?.document);
            }
        }
        let whole = |id: &ServiceOrderId| orders.remove(id).zip(documents.remove(id));
        Ok(ids.iter().filter_map(whole).collect())
    }

    /// The order that has a client's id.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn by_external_id(
        &self,
        tenant: &Tenant,
        face: Face,
        external_id: &str,
    ) -> Result<Option<ServiceOrderId>, StoreError> {
        let key = keys::external_id(tenant, face, external_id);
        let claim: Option<ExternalIdRecord> = self.table.get_consistent(&key).await?;
        Ok(claim.and_then(|claim| claim.order.parse().ok()))
    }

    /// A tenant's orders of an API with an order date in these bounds, both included: at most
    /// [`MOST_SERVICE_ORDERS`].
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn newest(
        &self,
        tenant: &Tenant,
        face: Face,
        date: OrderDate,
    ) -> Result<ListedOrders<ServiceOrderId>, StoreError> {
        self.listed(&keys::service_orders_of(tenant, face), date).await
    }

    /// A tenant's cancel tasks of an API.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn newest_tasks(
        &self,
        tenant: &Tenant,
        face: Face,
    ) -> Result<ListedOrders<CancelTaskId>, StoreError> {
        self.listed(&keys::cancel_tasks_of(tenant, face), OrderDate::default()).await
    }

    async fn listed<I: std::str::FromStr>(
        &self,
        owner: &str,
        OrderDate { from, before }: OrderDate,
    ) -> Result<ListedOrders<I>, StoreError> {
        // `~` is greater than any sign of a time and of an id.
        let from = from.map_or_else(|| " ".to_owned(), rfc3339);
        let before = format!("{}~", before.map(rfc3339).unwrap_or_default());
        let (mut ids, mut start, most) = (Vec::new(), None, MOST_SERVICE_ORDERS + 1);
        // DynamoDB takes no empty range.
        while from <= before && ids.len() < most {
            let page = self
                .table
                .owned_between(owner, (&*from, &*before), most - ids.len(), start)
                .await?;
            ids.extend(page.0.iter().filter_map(|sort| listed_id(sort)));
            start = page.1;
            if start.is_none() {
                break;
            }
        }
        let has_more = ids.len() > MOST_SERVICE_ORDERS;
        ids.truncate(MOST_SERVICE_ORDERS);
        Ok(ListedOrders { ids, has_more })
    }
}

/// The id in an entry of the index: it follows the date.
fn listed_id<I: std::str::FromStr>(sort: &str) -> Option<I> {
    sort.split_once('#')?.1.parse().ok()
}

fn document_of(item: &Item) -> Option<ServiceOrderId> {
    match (item.get("pk"), item.get("sk")) {
        (Some(AttributeValue::S(pk)), Some(AttributeValue::S(sk))) if sk == "BODY" => {
            keys::order_id(pk)?.parse().ok()
        }
        _ => None,
    }
}
