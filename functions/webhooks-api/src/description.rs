//! The function in the OpenAPI document.

use std::{future::Ready, time::Duration};

use api::{
    openapi::{DescribeError, Describer, Link, Operation, Parameter, text},
    problem::HttpProblem,
};
use domain::webhook::{EndpointId, MessageId};
use serde_json::json;

use crate::{
    DeliveryList, DeliveryResponse, EndpointList, EndpointResponse, EndpointWithSecret,
    WebhooksApi,
    messages::{DISABLED_MESSAGE, ORDER_MESSAGE, TEST_MESSAGE},
    request::{CHANGE_WEBHOOK, CREATE_WEBHOOK},
};

/// Any queue: the routes are the same whatever it is.
type AnyQueue = fn(Vec<(String, Duration)>) -> Ready<bool>;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Webhooks", "Endpoints, and the deliveries to them.");
    doc.path_parameter("id", "An endpoint's id.", text::<EndpointId>());
    let message = "A delivery's id: the `webhook-id` of its message.";
    doc.path_parameter("deliveryId", message, text::<MessageId>());
    doc.message("order", "An order has come to a status", &ORDER_MESSAGE);
    doc.message("webhook.test", "The owner of an endpoint tests it", &TEST_MESSAGE);
    doc.message("webhook.disabled", "Another endpoint has been disabled", &DISABLED_MESSAGE);
    doc.api::<WebhooksApi<AnyQueue>, HttpProblem>()
}

const DISABLED: &str = "`ENDPOINT_DISABLED`: enable it first.";

pub(crate) fn create_webhook(doc: &mut Describer) -> Operation {
    let described = doc.operation("Register an endpoint").idempotent();
    let described = doc.takes(described, &CREATE_WEBHOOK);
    let text = "Registered; the secret is shown this once.";
    let described = doc.responds_with::<EndpointWithSecret>(described, 201, text);
    let described = described.header(201, "Location").header(201, "ETag");
    let text = "A parameter is malformed or missing, or the URL must not be called.";
    let described = described.problem(400, text);
    described.problem(409, "`TOO_MANY_WEBHOOKS`: at most ten.").links(201, &REGISTERED)
}

/// What can be done with an endpoint once it is registered.
const REGISTERED: [Link; 7] = [
    of_endpoint("get_webhook"),
    of_endpoint("change_webhook"),
    of_endpoint("test_webhook"),
    of_endpoint("list_webhook_deliveries"),
    of_endpoint("rotate_webhook_secret"),
    of_endpoint("enable_webhook"),
    of_endpoint("delete_webhook"),
];

const fn of_endpoint(operation: &'static str) -> Link {
    Link { operation, parameters: &[("id", "$response.body#/id")] }
}

const REPLAY: Link = Link {
    operation: "replay_webhook_delivery",
    parameters: &[("id", "$request.path.id"), ("deliveryId", "$response.body#/id")],
};

pub(crate) fn list_webhooks(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the client's endpoints");
    doc.responds_with::<EndpointList>(described, 200, "All of them.")
}

pub(crate) fn get_webhook(doc: &mut Describer) -> Operation {
    let seen = "The `ETag` the caller has.";
    let described = doc
        .operation("Read an endpoint")
        .parameter(Parameter::header("If-None-Match", seen, json!({ "type": "string" })))
        .responds(304, "It is as the caller has it.");
    let described = conditional(described);
    let described = doc.responds_with::<EndpointResponse>(described, 200, "The endpoint.");
    described.header(200, "ETag").header(304, "ETag")
}

/// An operation that `If-Match` makes conditional.
fn conditional(operation: Operation) -> Operation {
    let seen = "Only when the endpoint is as the caller saw it: its `ETag`.";
    let parameter = Parameter::header("If-Match", seen, json!({ "type": "string" }));
    operation.parameter(parameter).problem(412, "The endpoint has changed.")
}

pub(crate) fn change_webhook(doc: &mut Describer) -> Operation {
    let described = conditional(
        doc.operation("Change the URL or the event patterns of an endpoint").idempotent(),
    );
    let described = doc.takes(described, &CHANGE_WEBHOOK);
    let text = "The endpoint, with its `ETag`.";
    let described = doc.responds_with::<EndpointResponse>(described, 200, text).header(200, "ETag");
    let text = "A member is malformed, or the URL must not be called.";
    described.problem(400, text)
}

pub(crate) fn delete_webhook(doc: &mut Describer) -> Operation {
    conditional(doc.operation("Delete an endpoint").idempotent()).responds(204, "Deleted.")
}

pub(crate) fn test_webhook(doc: &mut Describer) -> Operation {
    let described = doc.operation("Send a test message to an endpoint").idempotent();
    let described = doc.responds_with::<DeliveryResponse>(described, 202, "On its way.");
    described.problem(409, DISABLED).links(202, &[REPLAY])
}

pub(crate) fn rotate_webhook_secret(doc: &mut Describer) -> Operation {
    let described = conditional(doc.operation("Give an endpoint a new secret").idempotent());
    let text = "The new secret, shown this once; the old one signs for 24 hours more.";
    let described = doc.responds_with::<EndpointWithSecret>(described, 200, text);
    let text = "`TOO_MANY_ROTATIONS`: eight old secrets still sign.";
    described.problem(409, text)
}

pub(crate) fn enable_webhook(doc: &mut Describer) -> Operation {
    let described = conditional(doc.operation("Enable a disabled endpoint again").idempotent());
    doc.responds_with::<EndpointResponse>(described, 200, "The endpoint.")
}

pub(crate) fn list_deliveries(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the deliveries to an endpoint, the newest first");
    doc.responds_with::<DeliveryList>(described, 200, "A page.")
}

pub(crate) fn replay_delivery(doc: &mut Describer) -> Operation {
    let described = doc.operation("Deliver a message once more").idempotent();
    let described = doc.responds_with::<DeliveryResponse>(described, 202, "On its way.");
    described.problem(409, DISABLED)
}
