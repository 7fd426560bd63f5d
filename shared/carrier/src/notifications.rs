//! The notifications of an order: as a step of it stores them, and as its parties read them.

use domain::{
    carrier::{Notification, OrderHeader, OrderId},
    identity::Identity,
};
use serde_json::{Map, Value};
use store::{NewNotification, StoredNotification};

use crate::{
    CarrierError, CarrierOrders, orders::json_text, roles::roles, wire::notification_body,
};

/// The notifications of a step, to be stored: each with the body that a party sent it with, if
/// one did.
pub fn new_notifications(
    header: &OrderHeader,
    published: Vec<(Notification, Option<Map<String, Value>>)>,
) -> Vec<NewNotification> {
    let new = |(notification, body): (Notification, Option<Map<String, Value>>)| {
        let body = body.unwrap_or_else(|| notification_body(header, &notification));
        NewNotification {
            version: notification.version,
            body: json_text(&body),
            pushed: notification.kind.is_pushed(header.desired),
        }
    };
    published.into_iter().map(new).collect()
}

impl CarrierOrders {
    /// The notifications of an order, oldest first; or the latest only, if there is one.
    ///
    /// # Errors
    /// No such order, or the database failed.
    pub async fn notifications(
        &self,
        caller: &Identity,
        id: &OrderId,
        latest_only: bool,
    ) -> Result<Vec<StoredNotification>, CarrierError> {
        let found = self.orders.with_notifications(id, latest_only).await?;
        let found = found.filter(|(order, _)| !roles(caller, &order.order().header).is_empty());
        found.map(|(_, published)| published).ok_or(CarrierError::OrderNotFound)
    }
}
