//! The function in the OpenAPI document.

use std::{future::Ready, time::Duration};

use api::openapi::{DescribeError, Describer, Operation, Parameter};
use ecc::EccProblem;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{BatchResponse, BatchesApi};

/// Any queue: the routes are the same whatever it is.
type AnyQueue = fn(Vec<(String, Duration)>) -> Ready<bool>;

/// A change: creating, blocking, state, services or tags.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RequestOfBatch {
    #[schemars(extend("enum" = ["POST", "PATCH", "DELETE"]))]
    method: String,
    /// The path below `/ecc/v1`.
    #[schemars(length(max = 500))]
    resource: String,
    /// As the call itself takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    /// The caller's name for it.
    #[schemars(length(min = 1, max = 64))]
    #[serde(skip_serializing_if = "Option::is_none")]
    requestid: Option<String>,
}

/// Changes to make.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateBatchRequest {
    /// `single`: all at once, one for each subscription. `multi`: one after the other, up to the
    /// first that does not complete.
    #[schemars(extend("enum" = ["single", "multi"], "default" = "single"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    #[schemars(length(min = 1, max = 100), example = json!([
        { "method": "PATCH", "resource": "/subscriptions/msisdn:46708421488",
          "body": { "blocked": true }, "requestid": "first" }
    ]))]
    requests: Vec<RequestOfBatch>,
}

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    let uuid = json!({ "type": "string", "format": "uuid" });
    doc.path_parameter("batchid", "A batch's id.", uuid);
    doc.api::<BatchesApi<AnyQueue>, EccProblem>()
}

pub(crate) fn create_batch(doc: &mut Describer) -> Operation {
    let described = doc.operation("Make many changes");
    let key = "Makes the request safe to repeat for 24 hours: the first answer comes again, with \
               `Idempotency-Replayed: true`.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    let described = described.parameter(Parameter::header("Idempotency-Key", key, schema));
    let text = "The key was used for another request.";
    let described = doc.problem::<EccProblem>(described, 422, text);
    let described = doc.takes::<CreateBatchRequest>(described);
    let text = "Accepted: `Location` names the batch. Malformed requests are REJECTED.";
    let described = doc.answers::<BatchResponse>(described, 202, text);
    doc.problem::<EccProblem>(described, 400, "The batch itself is malformed.")
}

pub(crate) fn get_batch(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read a batch; kept for 60 days");
    doc.answers::<BatchResponse>(described, 200, "The batch.")
}
