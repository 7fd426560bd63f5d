//! The function in the OpenAPI document.

use std::{future::Ready, time::Duration};

use api::openapi::{DescribeError, Describer, Link, Operation};
use ecc::EccProblem;
use serde_json::json;

use crate::{BatchResponse, BatchesApi, create_batch::CREATE_BATCH};

/// Any queue: the routes are the same whatever it is.
type AnyQueue = fn(Vec<(String, Duration)>) -> Ready<bool>;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Batches", "Many changes in one request.");
    let uuid = json!({ "type": "string", "format": "uuid" });
    doc.path_parameter("batchid", "A batch's id.", uuid);
    doc.api::<BatchesApi<AnyQueue>, EccProblem>()
}

pub(crate) fn create_batch(doc: &mut Describer) -> Operation {
    let described = doc.operation("Make many changes").idempotent();
    let described = doc.takes(described, &CREATE_BATCH);
    let text = "Accepted: `Location` names the batch. Malformed requests are REJECTED.";
    let described =
        doc.responds_with::<BatchResponse>(described, 202, text).header(202, "Location");
    described.links(202, &[BATCH])
}

const BATCH: Link =
    Link { operation: "get_batch", parameters: &[("batchid", "$response.body#/batchid")] };

pub(crate) fn get_batch(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read a batch; kept for 60 days");
    doc.responds_with::<BatchResponse>(described, 200, "The batch.")
}
