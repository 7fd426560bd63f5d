//! The function in the OpenAPI document.

use std::{future::Ready, time::Duration};

use api::openapi::{DescribeError, Describer, Operation, Parameter, ViolationResponse};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{
    DeliveryList, DeliveryResponse, EndpointList, EndpointResponse, EndpointWithSecret, WebhooksApi,
};

/// Any queue: the routes are the same whatever it is.
type AnyQueue = fn(Vec<(String, Duration)>) -> Ready<bool>;

/// An endpoint to register.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateWebhookRequest {
    /// https, port 443 or 8443, a public name or address.
    #[schemars(length(max = 2048), example = &"https://example.com/orderwire")]
    url: String,
    /// `*`, a family such as `order.*`, or a type such as `order.completed`.
    #[schemars(length(min = 1, max = 20), example = ["order.*"])]
    events: Vec<String>,
}

/// A JSON Merge Patch (RFC 7396) of an endpoint: what is not there stays.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeWebhookRequest {
    /// https, port 443 or 8443, a public name or address.
    #[schemars(length(max = 2048), example = &"https://example.com/orderwire")]
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// `*`, a family such as `order.*`, or a type such as `order.completed`.
    #[schemars(length(min = 1, max = 20), example = ["order.*"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<String>>,
}

/// A problem (RFC 9457, `application/problem+json`).
#[derive(Serialize, JsonSchema)]
struct HttpProblem {
    r#type: String,
    title: String,
    status: u16,
    /// For people.
    detail: String,
    /// For programs: `INVALID_PARAMETER`, `NOT_FOUND`, `ENDPOINT_DISABLED`, …
    code: String,
    /// With `INVALID_PARAMETER`: every fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ViolationResponse>>,
}

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.path_parameter("id", "An endpoint's id.", json!({ "type": "string" }));
    doc.path_parameter(
        "deliveryId",
        "A delivery's id: the `webhook-id` of its message.",
        json!({ "type": "string" }),
    );
    doc.api::<WebhooksApi<AnyQueue>, HttpProblem>()
}

const DISABLED: &str = "`ENDPOINT_DISABLED`: enable it first.";

pub(crate) fn create_webhook(doc: &mut Describer) -> Operation {
    let described = doc.operation("Register an endpoint");
    let described = doc.takes::<CreateWebhookRequest>(described);
    let text = "Registered; the secret is shown this once.";
    let described = doc.answers::<EndpointWithSecret>(described, 201, text);
    let text = "A parameter is malformed or missing, or the URL must not be called.";
    let described = doc.problem::<HttpProblem>(described, 400, text);
    doc.problem::<HttpProblem>(described, 409, "`TOO_MANY_WEBHOOKS`: at most ten.")
}

pub(crate) fn list_webhooks(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the client's endpoints");
    doc.answers::<EndpointList>(described, 200, "All of them.")
}

pub(crate) fn get_webhook(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read an endpoint");
    doc.answers::<EndpointResponse>(described, 200, "The endpoint.")
}

pub(crate) fn change_webhook(doc: &mut Describer) -> Operation {
    let seen = "Only when the endpoint is as the caller saw it: its `ETag`.";
    let described = doc
        .operation("Change the URL or the event patterns of an endpoint")
        .parameter(Parameter::header("If-Match", seen, json!({ "type": "string" })));
    let described = doc.takes::<ChangeWebhookRequest>(described);
    let text = "The endpoint, with its `ETag`.";
    let described = doc.answers::<EndpointResponse>(described, 200, text);
    let text = "A member is malformed, or the URL must not be called.";
    let described = doc.problem::<HttpProblem>(described, 400, text);
    doc.problem::<HttpProblem>(described, 412, "The endpoint has changed.")
}

pub(crate) fn delete_webhook(doc: &mut Describer) -> Operation {
    doc.operation("Delete an endpoint").answer(204, "Deleted.")
}

pub(crate) fn test_webhook(doc: &mut Describer) -> Operation {
    let described = doc.operation("Send a test message to an endpoint");
    let described = doc.answers::<DeliveryResponse>(described, 202, "On its way.");
    doc.problem::<HttpProblem>(described, 409, DISABLED)
}

pub(crate) fn rotate_webhook_secret(doc: &mut Describer) -> Operation {
    let described = doc.operation("Give an endpoint a new secret");
    let text = "The new secret, shown this once; the old one signs for 24 hours more.";
    let described = doc.answers::<EndpointWithSecret>(described, 200, text);
    let text = "`TOO_MANY_ROTATIONS`: eight old secrets still sign.";
    doc.problem::<HttpProblem>(described, 409, text)
}

pub(crate) fn enable_webhook(doc: &mut Describer) -> Operation {
    let described = doc.operation("Enable a disabled endpoint again");
    doc.answers::<EndpointResponse>(described, 200, "The endpoint.")
}

pub(crate) fn list_deliveries(doc: &mut Describer) -> Operation {
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 });
    let cursor = json!({ "type": "string" });
    let described = doc
        .operation("List what was delivered to an endpoint, the newest first")
        .parameter(Parameter::query("limit", "How many at the most.", limit))
        .parameter(Parameter::query("cursor", "`cursor` of the page before.", cursor));
    let described = doc.answers::<DeliveryList>(described, 200, "A page.");
    doc.problem::<HttpProblem>(described, 400, "A query parameter is malformed.")
}

pub(crate) fn replay_delivery(doc: &mut Describer) -> Operation {
    let described = doc.operation("Deliver a message once more");
    let described = doc.answers::<DeliveryResponse>(described, 202, "On its way.");
    doc.problem::<HttpProblem>(described, 409, DISABLED)
}
