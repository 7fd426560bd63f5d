use domain::{
    clock::rfc3339,
    feed::Feed,
    order::StatusChange,
    provisioning::{Operation, OrderStatus, ProvisioningOrder},
};
use serde_json::{Map, Value};
use store::FeedEvent;

/// What a status change adds to the client's feeds: nothing before the order has ended
/// (`infra/docs/contracts/ecc.md`, *Events*).
pub(crate) fn events(order: &ProvisioningOrder, change: &StatusChange<String>) -> Vec<FeedEvent> {
    if change.status == OrderStatus::Provisioning.as_str() {
        return Vec::new();
    }
    let mut events = vec![event(order, Feed::Order, order_event(order, change))];
    if let Some(state) = new_state(order, change) {
        let mut body = about(order, change);
        body.insert("state".to_owned(), state.into());
        body.insert("type".to_owned(), "StateChangeEventInfo".into());
        events.push(event(order, Feed::StateChange, body));
    }
    events
}

fn event(order: &ProvisioningOrder, feed: Feed, body: Map<String, Value>) -> FeedEvent {
    FeedEvent { tenant: order.tenant.clone(), feed, body }
}

/// What every event says: when, and which subscription and order.
fn about(order: &ProvisioningOrder, change: &StatusChange<String>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("time".to_owned(), rfc3339(change.at).into());
    if let Some(msisdn) = &order.msisdn {
        body.insert("msisdn".to_owned(), msisdn.as_str().into());
    }
    body.insert("iccid".to_owned(), order.iccid.as_str().into());
    if let Some(imsi) = &order.imsi {
        body.insert("imsi".to_owned(), imsi.as_str().into());
    }
    // A text here, unlike everywhere else: the contract says so.
    body.insert("orderid".to_owned(), order.id.to_string().into());
    body
}

fn order_event(order: &ProvisioningOrder, change: &StatusChange<String>) -> Map<String, Value> {
    let mut body = about(order, change);
    body.insert("status".to_owned(), change.status.clone().into());
    if let Some(batch) = &order.batch {
        body.insert("batchid".to_owned(), batch.id.to_string().into());
        if let Some(requestid) = &batch.requestid {
            body.insert("requestid".to_owned(), requestid.clone().into());
        }
    }
    body.insert("type".to_owned(), "OrderEventInfo".into());
    body
}

/// The state that a completed change has brought the subscription to, if it has.
fn new_state(order: &ProvisioningOrder, change: &StatusChange<String>) -> Option<&'static str> {
    let Operation::Change(new) = &order.operation else { return None };
    let completed = change.status == OrderStatus::Completed.as_str();
    new.state.filter(|_| completed).map(domain::subscription::SubscriptionState::as_str)
}
