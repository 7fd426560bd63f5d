//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Link, Operation, Parameter};
use esim::{
    EsimProblem,
    wire::{ESIM_ORDER, EsimOrderAccepted, EsimOrderBody, EsimOrderList},
};
use serde_json::json;

use crate::EsimOrdersApi;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("eSIM orders", "eSIMs, and plans for them.");
    doc.path_parameter("id", "The order's id.", json!({ "type": "string", "format": "uuid" }));
    doc.api::<EsimOrdersApi, EsimProblem>()
}

pub(crate) fn create(doc: &mut Describer) -> Operation {
    let described = doc.operation("Order an eSIM, or plans for one").idempotent();
    let described = doc.takes(described, &ESIM_ORDER);
    let placed = "Accepted: `Location` names the order.";
    let described = doc.responds_with::<EsimOrderAccepted>(described, 201, placed);
    let locked = "`ORDER_OUTSTANDING`: the eSIM has an order under way.";
    let refused = "`PRODUCT_NOT_FOUND`, `CUSTOMER_MUST_EXIST`, `EMAIL_AND_ICCID_DO_NOT_MATCH`, \
                   `SUBSCRIPTION_LIMIT_REACHED`, `RESERVED_VALUE` (the address is reserved for \
                   sandboxes), or the key was used for another request: nothing changed.";
    let described = described.header(201, "Location").problem(409, locked).problem(422, refused);
    described.links(201, &[of_order("get_esim_order"), of_order("get_esim_qr_code")])
}

const fn of_order(operation: &'static str) -> Link {
    Link { operation, parameters: &[("id", "$response.body#/id")] }
}

pub(crate) fn list(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the client's orders, newest first").about(
        "Lists the client's orders, newest first. All filters must match. They are served from at \
         most 1,000 orders a page: a page that ends there, or is full, is short or empty, and has a \
         cursor, which continues. Orders that were placed before lists existed are not in it",
    );
    doc.responds_with::<EsimOrderList>(described, 200, "A page.")
}

pub(crate) fn cancel(doc: &mut Describer) -> Operation {
    let described = doc.operation("Cancel an order").idempotent().about(
        "Ends an order as FAILED, without effect, with the failure `CANCELED_BY_CLIENT`, as long as \
         neither the SM-DP+ nor the network can have been called for it: a new eSIM until it has a \
         profile, a top-up until a worker takes it. Canceling an order again is 200 again",
    );
    let canceled = "The order, FAILED with `CANCELED_BY_CLIENT`.";
    let described = doc.responds_with::<EsimOrderBody>(described, 200, canceled);
    let late = "`ORDER_NOT_CANCELABLE`, with the order's `status`: it has ended, or the SM-DP+ or \
                the network may have been called for it. Nothing changed.";
    described.problem(409, late)
}

pub(crate) fn get(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read an order");
    doc.responds_with::<EsimOrderBody>(described, 200, "The order.")
}

pub(crate) fn get_qr_code(doc: &mut Describer) -> Operation {
    let pictures = "`image/png`, or `image/svg+xml`, which is the default.";
    let accept = Parameter::header("Accept", pictures, json!({ "type": "string" }));
    let media = ["image/svg+xml", "image/png"];
    doc.operation("Read the activation code as a QR code, to be scanned")
        .parameter(accept)
        .picture(200, "The picture: SVG, or PNG by `Accept`.", &media)
        .problem(409, "The order is not COMPLETED.")
}
