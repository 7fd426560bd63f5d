//! Orders and cancel tasks as they are shown: what the client wrote, and what is ours over it.

use api::schema::{Members, read};
use domain::{
    clock::rfc3339,
    service_order::{
        CancelTask, CancelTaskId, Item, ItemFailure, OrderState, ServiceOrder, TaskState,
    },
};
use serde_json::{Value, json};

use super::{
    face::{Names, names},
    milestone::milestones,
};

/// The result of an item that is the service it has made or changed.
const SERVICE_ID: &str = "serviceId";

/// An order with its document, as its client reads it.
pub fn order_body(order: &ServiceOrder, document: Members) -> Members {
    let names = names(order.face);
    let (id, state) = (order.id.to_string(), order.state());
    let mut body = Members::new();
    body.insert("id".to_owned(), id.as_str().into());
    body.insert("href".to_owned(), href(names.base, names.order, &id));
    body.insert("state".to_owned(), state.as_str().into());
    body.insert("orderDate".to_owned(), rfc3339(order.order_date).into());
    body.extend(document);
    let dates = [
        ("startDate", order.came_to(|state| state == OrderState::InProgress)),
        ("completionDate", order.came_to(OrderState::is_final)),
        ("cancellationDate", order.came_to(|state| state == OrderState::Cancelled)),
    ];
    for (name, date) in dates {
        body.extend(date.map(|date| (name.to_owned(), rfc3339(date).into())));
    }
    let reason = order.cancel_tasks.iter().rev().find(|task| task.state == TaskState::Done);
    if let Some(reason) = reason.and_then(|task| task.reason.as_deref()) {
        body.insert("cancellationReason".to_owned(), reason.into());
    }
    let reached: Vec<Value> = milestones(order).iter().map(|reached| reached.body()).collect();
    let errors: Vec<Value> = order.items.iter().filter_map(order_error).collect();
    for (name, list) in
        [("milestone", reached), ("errorMessage", errors), ("jeopardyAlert", alerts(order))]
    {
        if !list.is_empty() {
            body.insert(name.to_owned(), list.into());
        }
    }
    lay_over_items(names, order, &mut body);
    body.entry("@type").or_insert_with(|| names.order_type.into());
    body
}

/// What identifies an order.
pub fn order_ref(order: &ServiceOrder) -> Members {
    let (names, id) = (names(order.face), order.id.to_string());
    Members::from_iter([
        ("id".to_owned(), id.as_str().into()),
        ("href".to_owned(), href(names.base, names.order, &id)),
        ("@type".to_owned(), names.order_type.into()),
    ])
}

fn href(base: &str, resource: &str, id: &str) -> Value {
    format!("{base}/{resource}/{id}").into()
}

fn lay_over_items(names: &Names, order: &ServiceOrder, of: &mut Members) {
    let items = of.get_mut(names.items).and_then(Value::as_array_mut).into_iter().flatten();
    for item in items.filter_map(Value::as_object_mut) {
        let known =
            order.items.iter().find(|known| read::text(item, "id") == Some(known.id.as_str()));
        if let Some(known) = known {
            lay_over_item(names, known, item);
        }
        lay_over_items(names, order, item);
    }
}

fn lay_over_item(names: &Names, known: &Item, item: &mut Members) {
    item.insert("state".to_owned(), known.state.as_str().into());
    if let Some(failure) = &known.failure {
        item.insert("errorMessage".to_owned(), json!([error(failure)]));
    }
    let placed = known.order.as_ref().map(|order| ("orderId", order.id.as_str()));
    let results = known.results.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all: Vec<(&str, &str)> = placed.into_iter().chain(results).collect();
    if all.is_empty() {
        return;
    }
    let subject = item.entry(names.subject).or_insert(Value::Null);
    if !subject.is_object() {
        *subject = Value::Object(Members::new());
    }
    let Some(subject) = subject.as_object_mut() else { return };
    for (name, value) in all {
        if name == SERVICE_ID {
            subject.entry("id").or_insert_with(|| value.into());
            continue;
        }
        let list = subject.entry(names.characteristics).or_insert_with(|| json!([]));
        // A list that is `null` is none.
        if list.is_null() {
            *list = json!([]);
        }
        if let Some(list) = list.as_array_mut() {
            list.retain(|one| one["name"] != name);
            list.push(json!({ "name": name, "valueType": "string", "value": value }));
        }
    }
}

fn error(failure: &ItemFailure) -> Value {
    json!({ "code": failure.code, "reason": failure.message, "message": failure.message })
}

fn order_error(item: &Item) -> Option<Value> {
    let mut error = error(item.failure.as_ref()?);
    error["serviceOrderItem"] = json!([item_ref(item)]);
    Some(error)
}

/// The documents require `id` of a reference and describe `itemId`.
fn item_ref(item: &Item) -> Value {
    json!({ "id": item.id.as_str(), "itemId": item.id.as_str() })
}

/// The items whose orders need intervention.
pub fn alerts(order: &ServiceOrder) -> Vec<Value> {
    order.items.iter().filter_map(alert).collect()
}

fn alert(item: &Item) -> Option<Value> {
    let since = rfc3339(item.alert?);
    Some(json!({
        "id": item.id.as_str(),
        "alertDate": since,
        "jeopardyType": "intervention",
        "name": "needsIntervention",
        "message": "the order of the item needs intervention by the operator",
        "serviceOrderItem": [item_ref(item)],
    }))
}

/// A request to cancel an order.
pub fn cancel_task_body(order: &ServiceOrder, task: &CancelTask) -> Members {
    let names = names(order.face);
    let id = CancelTaskId { order: order.id, number: task.number }.to_string();
    let order_id = order.id.to_string();
    let mut body = Members::new();
    let mut set = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    set("id", id.as_str().into());
    set("href", href(names.base, names.cancel, &id));
    let state = match task.state {
        TaskState::Accepted => names.accepted,
        TaskState::InProgress => "inProgress",
        TaskState::Done => "done",
        TaskState::TerminatedWithError => "terminatedWithError",
    };
    set("state", state.into());
    if let Some(reason) = &task.reason {
        set("cancellationReason", reason.as_str().into());
    }
    if let Some(wanted) = task.wanted_at {
        set("requestedCancellationDate", rfc3339(wanted).into());
    }
    if let Some(ended) = task.ended_at.filter(|_| task.state == TaskState::Done) {
        set("effectiveCancellationDate", rfc3339(ended).into());
    }
    if let Some(why) = &task.message {
        let error = json!({ "code": "NOT_CANCELLED", "reason": why, "message": why });
        set("errorMessage", error);
    }
    let href = href(names.base, names.order, &order_id);
    let reference = json!({ "id": order_id, "href": href, "@referredType": names.order_type });
    set(names.order, reference);
    set("@type", names.cancel_type.into());
    body
}
