//! Reading carrier orders.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::carrier::{AnyCarrierOrder, OrderId, PartyId, Pon};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use super::DynamoCarrierOrders;
use crate::{
    carrier::list::{LARGEST_PAGE, escaped_len},
    error::StoreError,
    keys::{self, Key},
    orders::Readable,
    records::{DocumentRecord, NotificationRecord, PonRecord},
};

/// A notification as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredNotification {
    /// Its number; of one that its Seller has not numbered, that of the latest before it.
    pub version: u32,
    /// The `orderNotification`, JSON text.
    pub body: String,
    /// Whether the Buyer wants it pushed.
    pub pushed: bool,
}

/// A page of an order's notifications, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationPage {
    /// The notifications.
    pub items: Vec<StoredNotification>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
}

impl DynamoCarrierOrders {
    /// The order with this id and its document, as they are now, in one call. An order of
    /// another kind is none.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn get_whole(
        &self,
        id: &OrderId,
    ) -> Result<Option<(AnyCarrierOrder, String)>, StoreError> {
        let wanted = [keys::order(id.as_str()), keys::document(id.as_str())];
        let (mut order, mut document) = (None, None);
        for item in self.table.items(wanted, true).await? {
            match item.get("sk") {
                Some(AttributeValue::S(sk)) if sk == "BODY" => {
                    document = Some(from_item::<DocumentRecord>(item)?.document);
                }
                _ if AnyCarrierOrder::is_in(&item) => {
                    order = Some(AnyCarrierOrder::from_item(item)?);
                }
                _ => {}
            }
        }
        Ok(order.zip(document))
    }

    /// The id of a Buyer's order by its purchase order number.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn by_pon(&self, buyer: &PartyId, pon: &Pon) -> Result<Option<OrderId>, StoreError> {
        self.claimed(&keys::pon(buyer, pon)).await
    }

    /// The id of an order that is kept at a Seller elsewhere, by the Seller's id of it.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn by_sellers_id(
        &self,
        seller: &PartyId,
        order: &OrderId,
    ) -> Result<Option<OrderId>, StoreError> {
        self.claimed(&keys::sold(seller, order)).await
    }

    async fn claimed(&self, key: &Key) -> Result<Option<OrderId>, StoreError> {
        let record: Option<PonRecord> = self.table.get_consistent(key).await?;
        Ok(record.map(|record| record.order))
    }

    /// An order with its latest notification: one query, because notifications sort right before
    /// the order itself.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn latest_notification(
        &self,
        id: &OrderId,
    ) -> Result<Option<(AnyCarrierOrder, Option<StoredNotification>)>, StoreError> {
        let key = keys::order(id.as_str());
        let (items, _) =
            self.table.between(&key.pk, (keys::NOTIFICATIONS, &key.sk), false, 2).await?;
        let (mut order, mut latest) = (None, None);
        for item in items {
            let is_order = matches!(item.get("sk"), Some(AttributeValue::S(sk)) if *sk == key.sk);
            // Ids of all kinds share the keys: an order of another kind is none.
            if is_order && AnyCarrierOrder::is_in(&item) {
                order = Some(AnyCarrierOrder::from_item(item)?);
            } else if !is_order && latest.is_none() {
                latest = Some(stored(from_item(item)?)?);
            }
        }
        Ok(order.map(|order| (order, latest)))
    }

    /// Notifications of an order, oldest first, from the position `after` on: at most `limit`, and
    /// what fits into a response.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn notifications(
        &self,
        id: &OrderId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<NotificationPage, StoreError> {
        // A blank sorts before whatever follows a number, and `~` after all of them.
        let from = after.map_or_else(String::new, |position| format!("{position} "));
        self.page(id, (&from, "~"), limit).await
    }

    /// The same for those with these numbers, both included.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub(crate) async fn numbered_notifications(
        &self,
        id: &OrderId,
        (first, last): (u32, u32),
        limit: usize,
    ) -> Result<NotificationPage, StoreError> {
        self.page(id, (&format!("{first:09}"), &format!("{last:09}")), limit).await
    }

    /// A page of the notifications between two positions, both included.
    async fn page(
        &self,
        id: &OrderId,
        (from, to): (&str, &str),
        limit: usize,
    ) -> Result<NotificationPage, StoreError> {
        let pk = keys::order(id.as_str()).pk;
        let to = format!("{}{to}", keys::NOTIFICATIONS);
        let mut from = format!("{}{from}", keys::NOTIFICATIONS);
        let (mut page, mut size, mut last) = (NotificationPage::default(), 0, None);
        while from <= to {
            let most = limit + 1 - page.items.len();
            let (items, more) = self.table.between(&pk, (&from, &to), true, most).await?;
            for item in items {
                let record: NotificationRecord = from_item(item)?;
                size += escaped_len(&record.body) + 1;
                let is_full = size > LARGEST_PAGE && !page.items.is_empty();
                if is_full || page.items.len() == limit {
                    page.next = last;
                    return Ok(page);
                }
                from = format!("{} ", record.sk);
                last = record.sk.strip_prefix(keys::NOTIFICATIONS).map(ToOwned::to_owned);
                page.items.push(stored(record)?);
            }
            if !more {
                break;
            }
        }
        Ok(page)
    }
}

fn stored(record: NotificationRecord) -> Result<StoredNotification, StoreError> {
    let version =
        record.sk.strip_prefix(keys::NOTIFICATIONS).and_then(|n| n.get(..9)?.parse().ok());
    let version =
        version.ok_or_else(|| StoreError::Corrupt(format!("{}: {}", record.pk, record.sk)))?;
    Ok(StoredNotification { version, body: record.body, pushed: record.pushed })
}
