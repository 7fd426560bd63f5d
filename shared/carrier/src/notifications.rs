//! The notifications of an order: as a step of it stores them, and as its parties read them.

use domain::{
    carrier::{Notification, OrderHeader, OrderId},
    identity::Identity,
};
use serde_json::{Map, Value};
use store::{NewNotification, NotificationPage, StoredNotification};

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
    /// The latest notification of an order, if there is one.
    ///
    /// # Errors
    /// No such order, or the database failed.
    pub async fn latest_notification(
        &self,
        caller: &Identity,
        id: &OrderId,
    ) -> Result<Option<StoredNotification>, CarrierError> {
        let found = self.orders.latest_notification(id).await?;
        let found = found.filter(|(order, _)| !roles(caller, &order.order().header).is_empty());
        found.map(|(_, latest)| latest).ok_or(CarrierError::OrderNotFound)
    }

    /// A page of the notifications of an order, oldest first, from the position `after` on. They
    /// are read only if the caller may see the order.
    ///
    /// # Errors
    /// No such order, or the database failed.
    pub async fn notifications(
        &self,
        caller: &Identity,
        id: &OrderId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<NotificationPage, CarrierError> {
        self.find_order(caller, id).await?;
        Ok(self.orders.notifications(id, after, limit).await?)
    }
}
