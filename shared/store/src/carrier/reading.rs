//! Reading carrier orders.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::carrier::{AnyCarrierOrder, OrderId, PartyId, Pon};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;

use super::DynamoCarrierOrders;
use crate::{
    error::StoreError,
    expression::text,
    keys,
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
        let record: Option<PonRecord> = self.table.get_consistent(&keys::pon(buyer, pon)).await?;
        Ok(record.map(|record| record.order))
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
        let record: Option<PonRecord> =
            self.table.get_consistent(&keys::sold(seller, order)).await?;
        Ok(record.map(|record| record.order))
    }

    /// An order with its notifications, all, oldest first, or the latest only: one query, because
    /// they sort right before the order itself.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn with_notifications(
        &self,
        id: &OrderId,
        latest_only: bool,
    ) -> Result<Option<(AnyCarrierOrder, Vec<StoredNotification>)>, StoreError> {
        let key = keys::order(id.as_str());
        let (mut order, mut told, mut start) = (None, Vec::new(), None);
        loop {
            let answer = self
                .table
                .client
                .query()
                .table_name(&*self.table.name)
                .key_condition_expression("pk = :order AND sk BETWEEN :notes AND :itself")
                .expression_attribute_values(":order", text(&key.pk))
                .expression_attribute_values(":notes", text(keys::NOTIFICATIONS))
                .expression_attribute_values(":itself", text(&key.sk))
                .consistent_read(true)
                .scan_index_forward(!latest_only)
                .set_limit(latest_only.then_some(2))
                .set_exclusive_start_key(start)
                .send()
                .await?;
            for item in answer.items.unwrap_or_default() {
                match item.get("sk") {
                    Some(AttributeValue::S(sk)) if *sk == key.sk => {
                        // Ids of all kinds share the keys: an order of another kind is none.
                        if AnyCarrierOrder::is_in(&item) {
                            order = Some(AnyCarrierOrder::from_item(item)?);
                        }
                    }
                    _ => told.push(stored(from_item(item)?)?),
                }
            }
            start = answer.last_evaluated_key;
            if latest_only || start.is_none() {
                return Ok(order.map(|order| (order, told)));
            }
        }
    }
}

fn stored(record: NotificationRecord) -> Result<StoredNotification, StoreError> {
    let version =
        record.sk.strip_prefix(keys::NOTIFICATIONS).and_then(|n| n.get(..9)?.parse().ok());
    let version =
        version.ok_or_else(|| StoreError::Corrupt(format!("{}: {}", record.pk, record.sk)))?;
    Ok(StoredNotification { version, body: record.body, pushed: record.pushed })
}
