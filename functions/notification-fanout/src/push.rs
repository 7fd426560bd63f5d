use carrier::wire::status_body;
use domain::{
    carrier::{CarrierOrder, OrderHeader, OrderStatus, Push, notification_message, status_message},
    webhook::OrderingKey,
};
use serde_json::{Map, Value};
use store::{StoreError, StoredDelivery, StoredNotification};
use time::OffsetDateTime;

/// The push of a notification to the Buyer.
pub(crate) fn notification(
    order: &OrderHeader,
    new: StoredNotification,
    correlation_id: &str,
    now: OffsetDateTime,
) -> Result<StoredDelivery, StoreError> {
    let corrupt = || StoreError::Corrupt(format!("order {}: notification", order.id));
    let body: Map<String, Value> = serde_json::from_str(&new.body).map_err(|_| corrupt())?;
    let status = body.get("orderStatus").and_then(Value::as_str).and_then(OrderStatus::read);
    let status = status.ok_or_else(corrupt)?;
    // Notifications are ordered among themselves, not with the order's status changes.
    let key = OrderingKey { order: format!("note-{}", order.id), sequence: new.version.into() };
    let message = (notification_message(&order.id, new.version), new.body);
    let push = Push::notification(order);
    StoredDelivery::pushed(push, message, status, Some(key), correlation_id, now)
        .map_err(|_| corrupt())
}

/// The answer to the Buyer's question of this number, as the order stands now.
pub(crate) fn status_response(
    order: &CarrierOrder,
    question: u64,
    correlation_id: &str,
    now: OffsetDateTime,
) -> Result<StoredDelivery, StoreError> {
    let CarrierOrder { header, progress, .. } = order;
    let corrupt = || StoreError::Corrupt(format!("order {}: status", header.id));
    let body = Value::Object(status_body(header, progress)).to_string();
    let message = (status_message(&header.id, question), body);
    let push = Push::status_response(header);
    StoredDelivery::pushed(push, message, progress.status, None, correlation_id, now)
        .map_err(|_| corrupt())
}
