//! Both APIs in their OpenAPI documents: the bodies of responses, and the operations.

use std::borrow::Cow;

use api::{
    openapi::{Describer, Example, Link, Operation, Parameter},
    schema::{Object, member_schema},
};
use domain::{
    service_order::{Face, ItemState, OrderState},
    text::Described,
    webhook::{EndpointId, EndpointUrl, HubEvent},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::wire::names;

const ORDER_ID: &str = "0192f0c1-a2b3-7d4e-8f90-a1b2c3d4e5f6";
const DATE: &str = "2026-11-30T12:00:00Z";

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident $title:literal $schema:expr, $example:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
                let make: fn(&mut SchemaGenerator) -> Value = $schema;
                Schema::try_from(make(schemas)).unwrap_or_default()
            }
        }

        impl Example for $name {
            fn example() -> Value {
                $example
            }
        }
    )+};
}

bodies! {
    /// A service order.
    ServiceOrder "ServiceOrder" |schemas| order(Face::Service, schemas), order_example(Face::Service);
    /// A page of service orders.
    ServiceOrders "ServiceOrders" |schemas| list::<ServiceOrder>(schemas),
        json!([order_example(Face::Service)]);
    /// A request to cancel a service order.
    CancelServiceOrder "CancelServiceOrder" |_| task(Face::Service), task_example(Face::Service);
    /// A page of them.
    CancelServiceOrders "CancelServiceOrders" |schemas| list::<CancelServiceOrder>(schemas),
        json!([task_example(Face::Service)]);
    /// A subscription of the hub of TMF641.
    ServiceSubscription "EventSubscription" |_| subscription(), subscription_example(Face::Service);
    /// A subscription of the hub of TMF622.
    ProductSubscription "EventSubscription" |_| subscription(), subscription_example(Face::Product);
    /// A product order.
    ProductOrder "ProductOrder" |schemas| order(Face::Product, schemas), order_example(Face::Product);
    /// A page of product orders.
    ProductOrders "ProductOrders" |schemas| list::<ProductOrder>(schemas),
        json!([order_example(Face::Product)]);
    /// A request to cancel a product order.
    CancelProductOrder "CancelProductOrder" |_| task(Face::Product), task_example(Face::Product);
    /// A page of them.
    CancelProductOrders "CancelProductOrders" |schemas| list::<CancelProductOrder>(schemas),
        json!([task_example(Face::Product)]);
}

/// An id in a path: that of an order, of a request to cancel one, or of a subscription of the hub.
/// What looks like one and is none is 404.
pub fn id() -> Value {
    json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "maxLength": 206 })
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

fn date(about: &str) -> Value {
    json!({ "type": "string", "format": "date-time", "description": about })
}

fn objects(about: &str) -> Value {
    json!({ "type": "array", "items": { "type": "object" }, "description": about })
}

fn list<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    let item = schemas.subschema_for::<T>().to_value();
    json!({ "type": "array", "items": item, "description": "A page, newest first." })
}

/// What the client sent, with what is ours over it. With `fields`, only some members.
fn order(face: Face, schemas: &mut SchemaGenerator) -> Value {
    let names = names(face);
    let of_client = [
        "externalId",
        "description",
        "category",
        "priority",
        "requestedStartDate",
        "requestedCompletionDate",
        "note",
        "relatedParty",
        "notificationContact",
    ];
    let items: Vec<&str> = ItemState::ALL.map(ItemState::as_str).into();
    let mut schema = json!({
        "type": "object",
        "description": "An order as it was sent, with the server's own members over it; with \
                        `fields`, only some of them.",
        "required": ["id", "href"],
        "properties": {
            "id": text("Its id."),
            "href": text("Its path."),
            "state": {
                "type": "string", "enum": OrderState::ALL.map(OrderState::as_str),
                "description": "Where it stands: what its items give it.",
            },
            "orderDate": date("When it was placed."),
            "startDate": date("When its first item began."),
            "completionDate": date("When it ended."),
            "cancellationDate": date("When it was cancelled."),
            "cancellationReason": text("Why, in the client's words."),
            "errorMessage": objects("Why items were not done."),
            "jeopardyAlert": objects("The items whose orders need intervention by the operator."),
            "@type": text("The type."),
            names.items: {
                "type": "array",
                "description": "Its items, as they were sent, with the server's own members.",
                "items": {
                    "type": "object",
                    "required": ["id", "action", "state"],
                    "properties": {
                        "id": text("Its id."),
                        "action": text("What it does."),
                        "state": {
                            "type": "string", "enum": items, "description": "Where it stands.",
                        },
                        "errorMessage": objects("Why it was not done."),
                    },
                },
            },
        },
    });
    if face == Face::Service {
        schema["properties"]["milestone"] = objects("What it has reached, and when.");
    }
    for name in of_client {
        schema["properties"][name] = member_schema(names.order_table, name, schemas);
    }
    schema
}

fn task(face: Face) -> Value {
    let names = names(face);
    json!({
        "type": "object",
        "description": "A request to cancel an order; with `fields`, only some of its members.",
        "required": ["id", "href"],
        "properties": {
            "id": text("Its id."),
            "href": text("Its path."),
            "state": {
                "type": "string",
                "enum": [names.accepted, "inProgress", "done", "terminatedWithError"],
                "description": "Where it stands.",
            },
            "cancellationReason": text("Why, in the client's words."),
            "requestedCancellationDate": date("When the client wants it."),
            "effectiveCancellationDate": date("When the order was cancelled."),
            "errorMessage": { "type": "object", "description": "Why it was not cancelled." },
            names.order: {
                "type": "object", "required": ["id"], "description": "The order.",
                "properties": { "id": text("Its id."), "href": text("Its path.") },
            },
            "@type": text("The type."),
        },
    })
}

fn order_example(face: Face) -> Value {
    let names = names(face);
    let request = names.order_table.example.and_then(|json| serde_json::from_str(json).ok());
    let mut order: Value = request.unwrap_or_default();
    order["id"] = ORDER_ID.into();
    order["href"] = format!("{}/{}/{ORDER_ID}", names.base, names.order).into();
    order["state"] = OrderState::Acknowledged.as_str().into();
    order["orderDate"] = DATE.into();
    order["@type"] = names.order_type.into();
    order[names.items][0]["state"] = ItemState::Acknowledged.as_str().into();
    order
}

fn task_example(face: Face) -> Value {
    let names = names(face);
    let id = format!("{ORDER_ID}.1");
    json!({
        "id": id,
        "href": format!("{}/{}/{id}", names.base, names.cancel),
        "state": names.accepted,
        names.order: {
            "id": ORDER_ID,
            "href": format!("{}/{}/{ORDER_ID}", names.base, names.order),
            "@referredType": names.order_type,
        },
        "@type": names.cancel_type,
    })
}

fn subscription() -> Value {
    json!({
        "type": "object",
        "description": "A subscription, and the secret of its signatures.",
        "required": ["id", "callback", "secret"],
        "properties": {
            "id": text("Its id."),
            "callback": text("Where it listens."),
            "query": text("The types of events that are sent to it; all when it is left out."),
            "secret": text("The key of its signatures (Standard Webhooks 1.0), shown this once."),
        },
    })
}

fn subscription_example(face: Face) -> Value {
    let types: Vec<&str> = HubEvent::all(face).map(HubEvent::as_str).take(1).collect();
    json!({
        "id": EndpointId::EXAMPLE,
        "callback": EndpointUrl::EXAMPLE,
        "query": format!("eventType={}", types.join(",")),
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    })
}

fn condition(name: &'static str) -> Parameter {
    Parameter::header(name, "The `ETag` that the caller has.", json!({ "type": "string" }))
}

fn listed(described: Operation) -> Operation {
    described.header(200, "X-Total-Count").header(200, "X-Result-Count").header(200, "Link")
}

/// `POST` of an order; the links lead to the operations on it.
pub fn create<T: JsonSchema + Example>(
    doc: &mut Describer,
    table: &'static Object,
    links: &[Link],
) -> Operation {
    let described = doc.operation("Place an order of several items").idempotent();
    let described = doc.takes(described, table);
    let placed = "The order: `Location` names it. Its items are executed in their order.";
    let described = doc.responds_with::<T>(described, 201, placed);
    let known = "The order that the same request, with this `externalId`, has placed before.";
    let described = doc.responds_with::<T>(described, 200, known);
    let taken = "`EXTERNAL_ID_TAKEN`: another request has placed an order with this `externalId`.";
    let described = described.header(201, "Location").header(201, "ETag").header(200, "ETag");
    described.problem(409, taken).links(201, links)
}

/// `GET` of the orders.
pub fn list_orders<T: JsonSchema + Example>(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the tenant's orders, newest first").about(
        "List the tenant's orders, newest first. Every parameter that is not described is a filter \
         by an attribute: `state=completed,partial`, `externalId=PO-1`, `orderDate.gt=…`, and \
         `.gte`, `.lt`, `.lte`, `.ne`. `X-Total-Count` is left out when there are more than 1,000",
    );
    listed(doc.responds_with::<T>(described, 200, "A page; empty is 200 as well."))
}

/// `GET` of an order.
pub fn get<T: JsonSchema + Example>(doc: &mut Describer) -> Operation {
    let described = doc
        .operation("Read an order")
        .parameter(condition("If-None-Match"))
        .parameter(condition("If-Match"))
        .responds(304, "The caller has the order as it is.")
        .problem(412, "The order has changed.");
    let described = doc.responds_with::<T>(described, 200, "The order.");
    described.header(200, "ETag").header(304, "ETag")
}

/// `PATCH` of an order.
pub fn patch<T: JsonSchema + Example>(doc: &mut Describer, table: &'static Object) -> Operation {
    let described = doc.operation("Change an order, and items of it that have not begun");
    let described = doc.takes(described.idempotent().parameter(condition("If-Match")), table);
    let described = doc.responds_with::<T>(described, 200, "The order.");
    let refused = "`STATE_NOT_PATCHABLE`, `ITEM_BEGUN`, `ORDER_ENDED`, `CANCELLATION_OPEN`: \
                   nothing has changed.";
    let described = described.header(200, "ETag").problem(409, refused);
    described.problem(412, "The order has changed.")
}

/// `DELETE` of an order.
pub fn delete(doc: &mut Describer) -> Operation {
    let described = doc.operation("Delete an order that has ended").idempotent();
    let described = described.parameter(condition("If-Match")).responds(204, "Deleted.");
    let described = described.problem(409, "`ORDER_NOT_ENDED`: cancel it first.");
    described.problem(412, "The order has changed.")
}

/// `POST` of a request to cancel.
pub fn create_cancel_task<T: JsonSchema + Example>(
    doc: &mut Describer,
    table: &'static Object,
    links: &[Link],
) -> Operation {
    let described = doc.operation("Request to cancel an order").idempotent();
    let described = doc.takes(described, table);
    let stored = "The request. It is decided soon, and ends `done` or `terminatedWithError`.";
    let described = doc.responds_with::<T>(described, 201, stored).header(201, "Location");
    let refused = "`ORDER_ENDED`, `CANCELLATION_OPEN`, `TOO_MANY_CANCELLATIONS`.";
    described.problem(404, "No such order.").problem(409, refused).links(201, links)
}

/// `GET` of the requests to cancel.
pub fn list_cancel_tasks<T: JsonSchema + Example>(doc: &mut Describer) -> Operation {
    let described = doc.operation("List requests to cancel orders, newest first");
    listed(doc.responds_with::<T>(described, 200, "A page; empty is 200 as well."))
}

/// `GET` of a request to cancel.
pub fn get_cancel_task<T: JsonSchema + Example>(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read a request to cancel an order");
    doc.responds_with::<T>(described, 200, "The request.")
}

/// `POST hub`.
pub fn subscribe<T: JsonSchema + Example>(
    doc: &mut Describer,
    table: &'static Object,
    links: &[Link],
) -> Operation {
    let described = doc.operation("Subscribe to events").idempotent();
    let described = doc.takes(described, table);
    let made = "The subscription: an endpoint of webhooks as well, with the same signatures.";
    let described = doc.responds_with::<T>(described, 201, made).header(201, "Location");
    described.problem(409, "`TOO_MANY_WEBHOOKS`.").links(201, links)
}

/// `DELETE hub/{id}`.
pub fn unsubscribe(doc: &mut Describer) -> Operation {
    let described = doc.operation("End a subscription").idempotent();
    described.responds(204, "Ended.")
}
