//! What the subscriptions of a TM Forum hub are told of a service order.

use domain::{
    order::{OrderKind, StatusChange},
    service_order::ServiceOrder,
    webhook::{Endpoint, EventType, OrderingKey},
};
use store::{PendingPublication, StoredDelivery, Subject};
use time::OffsetDateTime;
use tmf::events::{HubMessage, hub_messages};

/// Whether an endpoint may be told of what this is about: a hub hears of the orders of its API.
pub(crate) fn may_hear(subject: &Subject, endpoint: &Endpoint) -> bool {
    match (endpoint.events.hub(), subject) {
        (None, _) => true,
        (Some(face), Subject::Service(order)) => order.face == face,
        (Some(_), _) => false,
    }
}

/// The deliveries of a status change to the subscriptions among these endpoints, and of each the
/// number of the event that went to it before. They are stored before their messages are sent: an
/// event has what messages of queues must not have.
pub(crate) fn deliveries(
    pending: &PendingPublication,
    change: &StatusChange<String>,
    endpoints: &[(u8, Endpoint)],
    now: OffsetDateTime,
) -> Vec<(StoredDelivery, Option<u64>)> {
    let Subject::Service(order) = &pending.subject else { return Vec::new() };
    let hubs = endpoints.iter().map(|(_, endpoint)| endpoint);
    let mut hubs = hubs.filter(|endpoint| endpoint.events.hub().is_some()).peekable();
    let Ok(event) = EventType::of_state(OrderKind::Service, &change.status) else {
        return Vec::new();
    };
    if hubs.peek().is_none() {
        return Vec::new();
    }
    let messages = hub_messages(order);
    let mut planned = Vec::new();
    for endpoint in hubs {
        let mut before = None;
        for message in messages.iter().filter(|message| wants(endpoint, message)) {
            if message.sequence == change.sequence {
                planned.push((delivery(order, endpoint, message, event, now), before));
            }
            // What happened before it was registered did not go to it.
            before = (message.at >= endpoint.created_at).then_some(message.number);
        }
    }
    planned
}

fn wants(endpoint: &Endpoint, message: &HubMessage) -> bool {
    endpoint.events.hub_events().any(|event| event == message.event)
}

fn delivery(
    order: &ServiceOrder,
    endpoint: &Endpoint,
    HubMessage { id, number, body, .. }: &HubMessage,
    event: EventType,
    now: OffsetDateTime,
) -> StoredDelivery {
    let key = OrderingKey { order: format!("tmf-{}", order.id), sequence: *number };
    let (to, message) = ((&endpoint.tenant, &endpoint.id), (id.clone(), event, body.clone()));
    StoredDelivery::of_hub(to, message, Some(key), &order.correlation_id, now)
}
