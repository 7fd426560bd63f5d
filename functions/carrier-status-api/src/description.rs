//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation, Parameter};
use carrier::wire::openapi::{CarrierProblem, StatusRequestBody, StatusResponseBody};
use serde_json::json;

use crate::CarrierStatusApi;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.path_parameter(
        "id",
        "The Seller's id of the order.",
        json!({ "type": "string", "maxLength": 45, "examples": ["ORD-01HX000000000000000000000A"] }),
    );
    doc.api::<CarrierStatusApi, CarrierProblem>()
}

const UNKNOWN: &str = "There is no such order, or it is another party's.";

pub(crate) fn get(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read the status of an order");
    doc.answers::<StatusResponseBody>(described, 200, "The status.")
}

pub(crate) fn find(doc: &mut Describer) -> Operation {
    let described = doc.operation("Find the status of an order");
    let described = asked().into_iter().fold(described, Operation::parameter);
    let described = doc.answers::<StatusResponseBody>(described, 200, "The status.");
    let described =
        doc.problem::<CarrierProblem>(described, 400, "A query parameter is malformed.");
    doc.problem::<CarrierProblem>(described, 404, UNKNOWN)
}

pub(crate) fn request(doc: &mut Describer) -> Operation {
    let described = doc.operation("Ask for a status-response to be sent to the Buyer");
    let described = doc.takes::<StatusRequestBody>(described);
    let described = doc.answers::<StatusRequestBody>(described, 201, "What was asked.");
    doc.problem::<CarrierProblem>(described, 404, UNKNOWN)
}

pub(crate) fn receive(doc: &mut Describer) -> Operation {
    let described = doc.operation("Tell the Buyer the status of its order, as its Seller");
    let described = doc.takes::<StatusResponseBody>(described);
    let described = doc.answers::<StatusResponseBody>(described, 201, "What was told.");
    doc.problem::<CarrierProblem>(described, 404, UNKNOWN)
}

/// By its id, or by the Buyer and its number.
fn asked() -> [Parameter; 4] {
    let text = || json!({ "type": "string" });
    [
        Parameter::query("orderId", "The order; `id` is read as well.", text()),
        Parameter::query("buyerId", "Its Buyer.", text()),
        Parameter::query("sellerId", "Its Seller.", text()),
        Parameter::query(
            "buyerPurchaseOrderNumber",
            "The Buyer's number of it: with `buyerId`.",
            text(),
        ),
    ]
}
