//! What the hub of an API is told of an order, in TM Forum's envelope (TMF630, *Notification*;
//! `infra/docs/contracts/tmf-orders.md`, *Events*).
//!
//! Everything follows from the order's history, which only grows: whoever makes the events of a
//! status change again makes the same ones, with the same numbers.

use api::schema::Members;
use domain::{
    clock::rfc3339,
    order::{OrderKind, StatusChange},
    service_order::{CancelTask, OrderState, ServiceOrder, TaskState},
    webhook::{EventType, HubEvent, HubEventKind, MessageId},
};
use serde_json::{Value, json};
use store::{DynamoSubscribers, StoreError, StoredDelivery};
use time::OffsetDateTime;

use crate::wire::{Milestone, alerts, cancel_task_body, milestones, names, order_ref};

/// An event for the subscriptions of a hub.
#[derive(Debug, Clone, PartialEq)]
pub struct HubMessage {
    /// Its type.
    pub event: HubEvent,
    /// The status change that it belongs to.
    pub sequence: u64,
    /// Counts the events of the order from 1 without a gap, whoever hears of them.
    pub number: u64,
    /// When it happened.
    pub at: OffsetDateTime,
    /// Its id: `eventId` and `webhook-id`.
    pub id: MessageId,
    /// The body.
    pub body: String,
}

/// Everything that has happened to an order so far, oldest first.
pub fn hub_messages(order: &ServiceOrder) -> Vec<HubMessage> {
    let mut messages = Vec::new();
    let mut before = None;
    for change in &order.history {
        for (kind, resource) in of_change(order, before, change) {
            let number = messages.len() as u64 + 1;
            messages.extend(message(order, change, (kind, resource), number));
        }
        before = Some(change.status);
    }
    messages
}

/// What a status change tells: the resources as they were then, by the names of their members.
fn of_change(
    order: &ServiceOrder,
    before: Option<OrderState>,
    change: &StatusChange<OrderState>,
) -> Vec<(HubEventKind, Value)> {
    let names = names(order.face);
    let as_order = |kind| (kind, json!({ names.order: order_then(order, change) }));
    let as_task =
        |kind, task: CancelTask| (kind, json!({ names.cancel: cancel_task_body(order, &task) }));
    let mut events = Vec::new();
    events.push(as_order(match before {
        None => HubEventKind::OrderCreated,
        Some(_) => HubEventKind::OrderStateChanged,
    }));
    let was_open = before.is_some_and(is_cancelling);
    if let Some(task) = task_of(order, change.sequence, was_open) {
        match change.status {
            OrderState::AssessingCancellation => {
                events.push(as_task(
                    HubEventKind::CancelCreated,
                    undecided(task, TaskState::Accepted),
                ));
            }
            OrderState::PendingCancellation => {
                let task = undecided(task, TaskState::InProgress);
                events.push(as_task(HubEventKind::CancelStateChanged, task));
            }
            _ => events.push(as_task(HubEventKind::CancelStateChanged, task.clone())),
        }
    }
    let is_milestone = |milestone: &Milestone| milestone.sequence == change.sequence;
    if milestones(order).iter().any(is_milestone) {
        events.push(as_order(HubEventKind::MilestoneReached));
    }
    events
}

const fn is_cancelling(state: OrderState) -> bool {
    matches!(state, OrderState::AssessingCancellation | OrderState::PendingCancellation)
}

/// The request to cancel that a status change is about: it begins with one, and ends by the next
/// that is none of a cancellation.
fn task_of(order: &ServiceOrder, sequence: u64, was_open: bool) -> Option<&CancelTask> {
    let so_far = order.history.iter().take_while(|change| change.sequence <= sequence);
    let begun = so_far.filter(|change| change.status == OrderState::AssessingCancellation).count();
    let is_about = was_open
        || order.history.iter().any(|change| {
            change.sequence == sequence && change.status == OrderState::AssessingCancellation
        });
    order.cancel_tasks.get(begun.checked_sub(1)?).filter(|_| is_about)
}

fn undecided(task: &CancelTask, state: TaskState) -> CancelTask {
    CancelTask { state, ended_at: None, message: None, ..task.clone() }
}

/// The order as it was: what identifies it, its state, and what it had reached. Not what the client
/// wrote, which may be personal data.
fn order_then(order: &ServiceOrder, change: &StatusChange<OrderState>) -> Members {
    let mut body = order_ref(order);
    body.insert("state".to_owned(), change.status.as_str().into());
    body.insert("orderDate".to_owned(), rfc3339(order.order_date).into());
    if let Some(id) = &order.external_id {
        body.insert("externalId".to_owned(), id.as_str().into());
    }
    if change.status.is_final() {
        body.insert("completionDate".to_owned(), rfc3339(change.at).into());
    }
    let reached: Vec<Value> = milestones(order)
        .into_iter()
        .filter(|milestone| milestone.sequence <= change.sequence)
        .map(|milestone| milestone.body())
        .collect();
    if !reached.is_empty() {
        body.insert("milestone".to_owned(), reached.into());
    }
    body
}

/// None: the API has no such event.
fn message(
    order: &ServiceOrder,
    change: &StatusChange<OrderState>,
    (kind, resource): (HubEventKind, Value),
    number: u64,
) -> Option<HubMessage> {
    let event = event(order, kind)?;
    let id = MessageId::of_hub(order.id, number);
    let body = envelope(order, event, (&id, change.at), resource);
    let (sequence, at) = (change.sequence, change.at);
    Some(HubMessage { event, sequence, number, at, id, body })
}

fn event(order: &ServiceOrder, kind: HubEventKind) -> Option<HubEvent> {
    let event = HubEvent { face: order.face, kind };
    HubEvent::all(order.face).find(|known| *known == event)
}

fn envelope(
    order: &ServiceOrder,
    event: HubEvent,
    (id, at): (&MessageId, OffsetDateTime),
    resource: Value,
) -> String {
    let body = json!({
        "eventId": id.as_str(),
        "eventTime": rfc3339(at),
        "eventType": event.as_str(),
        "correlationId": order.correlation_id,
        "event": resource,
    });
    body.to_string()
}

/// The deliveries of what has happened to an order and is no status change: stored in one
/// transaction with it, under the revision that it leads to. Nobody to tell: none.
///
/// # Errors
/// The database cannot be reached, or an item cannot be read.
pub async fn notes(
    subscribers: &DynamoSubscribers,
    order: &ServiceOrder,
    kind: HubEventKind,
    now: OffsetDateTime,
) -> Result<Vec<StoredDelivery>, StoreError> {
    let status = EventType::of_state(OrderKind::Service, order.state().as_str());
    let (Some(event), Ok(status)) = (event(order, kind), status) else { return Ok(Vec::new()) };
    let found = subscribers.of(&order.tenant, now).await?;
    let wants = |events: &domain::webhook::Patterns| events.hub_events().any(|of| of == event);
    let id = MessageId::of_hub_note(order.id, order.revision);
    let resource = json!({ names(order.face).order: order_now(order) });
    let body = envelope(order, event, (&id, now), resource);
    let planned = found.endpoints.iter().filter(|to| wants(&to.events)).map(|to| {
        let message = (id.clone(), status, body.clone());
        let receiver = (&order.tenant, &to.id);
        StoredDelivery::of_hub(receiver, message, None, &order.correlation_id, now)
    });
    Ok(planned.collect())
}

/// The order as it is, with what puts it into jeopardy.
fn order_now(order: &ServiceOrder) -> Members {
    let Some(last) = order.history.last() else { return order_ref(order) };
    let mut body = order_then(order, last);
    let alerts = alerts(order);
    if !alerts.is_empty() {
        body.insert("jeopardyAlert".to_owned(), alerts.into());
    }
    body
}
