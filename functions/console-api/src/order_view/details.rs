use domain::{
    carrier::{AnyCarrierOrder, OrderId},
    clock::rfc3339,
    esim::{EsimOrder, EsimOrderId, Fulfilment},
    order::{OrderKind, Status, StatusChange},
    provisioning::{OrderNumber, ProvisioningOrder},
    service_order::{ServiceOrder, ServiceOrderId},
    text::without_numbers,
};
use lambda::dispatch::Dispatch;
use store::{
    DynamoCarrierOrders, DynamoEsimOrders, DynamoOrders, DynamoServiceOrders, OpenOrder, StoreError,
};

use super::{Details, Event, ItemRow, Lane, Notification};
use crate::ConsoleApi;

/// Notifications that are listed.
const NOTIFICATIONS: usize = 100;

impl<D: Dispatch> ConsoleApi<D> {
    /// What the kind of an order adds. An order whose id is none of its kind adds nothing: nothing
    /// writes one.
    pub(super) async fn details(&self, order: &OpenOrder) -> Result<Details, StoreError> {
        let (table, id) = (self.table.clone(), order.id.as_str());
        let details = match order.kind {
            OrderKind::Ecc => match id.parse::<OrderNumber>() {
                Ok(id) => DynamoOrders::new(table).get(id).await?.map(provisioning),
                Err(_) => None,
            },
            OrderKind::Carrier => match id.parse::<OrderId>() {
                Ok(id) => carrier(&DynamoCarrierOrders::new(table), &id).await?,
                Err(_) => None,
            },
            OrderKind::Esim => match id.parse::<EsimOrderId>() {
                Ok(id) => DynamoEsimOrders::new(table).get(id).await?.map(|order| esim(&order)),
                Err(_) => None,
            },
            OrderKind::Service => match id.parse::<ServiceOrderId>() {
                Ok(id) => {
                    DynamoServiceOrders::new(table).get(id).await?.map(|order| service(&order))
                }
                Err(_) => None,
            },
        };
        Ok(details.unwrap_or_default())
    }
}

/// The statuses that an order came to.
fn statuses<S: Status>(history: &[StatusChange<S>]) -> Vec<Event> {
    let event = |change: &StatusChange<S>| {
        let by = Some(change.decided_by()).filter(|by| !by.is_empty());
        let reason = change.reason.as_deref().map(without_numbers);
        let parts = [by.map(|by| format!("by {by}")), reason];
        Event {
            at: change.at,
            lane: Lane::Status,
            what: change.status.as_str().to_owned(),
            more: parts.into_iter().flatten().collect::<Vec<_>>().join(": "),
        }
    };
    history.iter().map(event).collect()
}

fn placed(at: time::OffsetDateTime) -> Event {
    Event { at, lane: Lane::Status, what: "placed".to_owned(), more: String::new() }
}

fn provisioning(order: ProvisioningOrder) -> Details {
    let facts = vec![
        ("Operation", order.operation.as_str().to_owned()),
        ("Subscription", order.subscription.to_string()),
    ];
    let mut events = vec![placed(order.order_date)];
    events.extend(statuses(&order.history));
    Details { facts, events, ..Details::default() }
}

async fn carrier(
    orders: &DynamoCarrierOrders,
    id: &OrderId,
) -> Result<Option<Details>, StoreError> {
    let order = orders.get(id);
    let notifications = orders.notifications(id, None, NOTIFICATIONS);
    let (order, notifications) = futures::try_join!(order, notifications)?;
    let Some(order) = order else { return Ok(None) };
    let elsewhere = match &order {
        AnyCarrierOrder::Seller(_) => None,
        AnyCarrierOrder::Buyer(order) => order.seller_order.as_ref().map(ToString::to_string),
    };
    let order = order.into_order();
    let (header, progress) = (&order.header, &order.progress);
    let mut facts = vec![
        ("Buyer", header.buyer.to_string()),
        ("Seller", header.seller.to_string()),
        ("PON", header.pon.to_string()),
        ("Version", header.version.to_string()),
        ("Requested completion", header.requested_completion.text().to_owned()),
    ];
    let optional = [
        ("Expected completion", progress.expected_completion.as_ref().map(|d| d.text().to_owned())),
        ("Completion", progress.completion.as_ref().map(|date| date.text().to_owned())),
        ("Correction due", progress.correction_due.map(rfc3339)),
        ("At its Seller", elsewhere),
    ];
    facts.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let notifications = notifications.items.into_iter();
    let notifications = notifications
        .map(|stored| Notification { version: stored.version, pushed: stored.pushed })
        .collect();
    let events = statuses(&order.history);
    Ok(Some(Details { facts, events, notifications, ..Details::default() }))
}

fn esim(order: &EsimOrder) -> Details {
    let step = match &order.fulfilment {
        Fulfilment::NotStarted { .. } => "not started",
        Fulfilment::ProfileReserved(_) => "profile reserved",
        Fulfilment::Downloaded(_) => "allocated at the SM-DP+",
        Fulfilment::Released { .. } => "released at the SM-DP+",
        Fulfilment::PlanAdded { .. } => "plans added",
        Fulfilment::Undoing(_) => "being undone",
    };
    let optional = [
        ("Profile type", order.profile_type.as_ref().map(ToString::to_string)),
        (
            "Failure",
            order.failure.as_ref().map(|failure| {
                format!("{}: {}", failure.kind.as_str(), without_numbers(&failure.message))
            }),
        ),
        (
            "Installation",
            order
                .installation
                .as_ref()
                .map(|known| format!("{} at {}", known.point.as_str(), rfc3339(known.at))),
        ),
    ];
    let mut facts = vec![
        ("Operation", order.details.operation.kind().as_str().to_owned()),
        ("Step", step.to_owned()),
    ];
    facts.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let mut events = vec![placed(order.order_date)];
    events.extend(statuses(&order.history));
    Details { facts, events, ..Details::default() }
}

fn service(order: &ServiceOrder) -> Details {
    let mut facts = vec![("API", order.face.as_str().to_owned())];
    facts.extend(order.start_at.map(|start| ("No item begins before", rfc3339(start))));
    let items = order.items.iter().map(|item| ItemRow {
        id: item.id.as_str().to_owned(),
        state: item.state.as_str(),
        order: item.order.as_ref().map(|order| order.id.clone()),
        failure: item.failure.as_ref().map(|failure| failure.code.clone()),
    });
    let items = items.collect();
    Details { facts, events: statuses(&order.history), items, ..Details::default() }
}
