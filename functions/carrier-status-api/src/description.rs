//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation, segment};
use carrier::wire::{
    STATUS_REQUEST, STATUS_RESPONSE,
    openapi::{CarrierProblem, StatusRequestBody, StatusResponseBody},
};
use domain::carrier::OrderId;

use crate::CarrierStatusApi;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Status", "The status of carrier orders.");
    doc.path_parameter("id", "The Seller's id of the order.", segment::<OrderId>());
    doc.api::<CarrierStatusApi, CarrierProblem>()
}

const UNKNOWN: &str = "There is no such order, or it is another party's.";

pub(crate) fn get(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read the status of an order");
    doc.responds_with::<StatusResponseBody>(described, 200, "The status.")
}

pub(crate) fn find(doc: &mut Describer) -> Operation {
    let how = "Find the status of an order: by `orderId`, or by `buyerId` and \
               `buyerPurchaseOrderNumber`";
    let described = doc.operation("Find the status of an order").about(how);
    let described = doc.responds_with::<StatusResponseBody>(described, 200, "The status.");
    described.problem(404, UNKNOWN)
}

pub(crate) fn request(doc: &mut Describer) -> Operation {
    let described = doc.operation("Ask for a status-response to be sent to the Buyer").idempotent();
    let described = doc.takes(described, &STATUS_REQUEST);
    let described = doc.responds_with::<StatusRequestBody>(described, 201, "The request.");
    described.problem(404, UNKNOWN)
}

pub(crate) fn receive(doc: &mut Describer) -> Operation {
    let described =
        doc.operation("Report the status of an order to its Buyer, as its Seller").idempotent();
    let described = doc.takes(described, &STATUS_RESPONSE);
    let described = doc.responds_with::<StatusResponseBody>(described, 201, "The status.");
    described.problem(404, UNKNOWN)
}
