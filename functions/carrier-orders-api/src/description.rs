//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Link, Operation, Parameter, segment};
use carrier::wire::{
    ORDER,
    openapi::{CarrierProblem, OrderAnswer, OrderList, OrderPatch, OrderValidation},
};
use domain::carrier::OrderId;
use serde_json::json;

use crate::{CarrierOrdersApi, cancel_carrier_order::CANCELLATION};

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Orders", "Orders between carriers.");
    doc.path_parameter("id", "The Seller's id of the order.", segment::<OrderId>());
    doc.path_parameter(
        "collection",
        "`orders&` and the query: the old documents write `&` where `?` belongs.",
        json!({
            "type": "string",
            "minLength": 1,
            "pattern": r"^[^\u0000-\u001f\u007f-\u009f\\]*$",
            "examples": ["orders&pon=PO-1"],
        }),
    );
    doc.api::<CarrierOrdersApi, CarrierProblem>()
}

pub(crate) fn list(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the orders of the caller's parties, newest first");
    doc.responds_with::<OrderList>(described, 200, "A page; empty is 200 as well.")
}

pub(crate) fn list_legacy(doc: &mut Describer) -> Operation {
    let described = doc.operation("The same, with the query as the old documents write it");
    doc.responds_with::<OrderList>(described, 200, "A page.")
}

pub(crate) fn create(doc: &mut Describer) -> Operation {
    let described = doc.operation("Place an order, or a newer version of it");
    let described = doc.takes(described.idempotent(), &ORDER);
    let placed = "The order: `Location` names it. What is wrong with it stands in its messages.";
    let described = doc.responds_with::<OrderAnswer>(described, 201, placed);
    let again = "The order that was placed by this request before, a newer version of it, or with \
                 `validate=true` what would happen.";
    let described = doc.responds_with_one_of::<OrderAnswer, OrderValidation>(described, 200, again);
    let taken = "The Buyer has another order, or a version as new, with this number.";
    let described = described.header(201, "Location").header(201, "ETag").header(200, "ETag");
    let reserved = "`FMT030`: the number is reserved for sandboxes; or the key was used for another \
                    request. Nothing changed.";
    described.problem(409, taken).problem(422, reserved).links(201, &PLACED)
}

/// What can be done with an order once it is placed.
const PLACED: [Link; 9] = [
    of_order("get_carrier_order"),
    of_order("replace_carrier_order"),
    of_order("patch_carrier_order"),
    of_order("cancel_carrier_order"),
    of_order("hold_carrier_order"),
    of_order("release_carrier_order"),
    of_order("get_carrier_order_status"),
    of_order("get_carrier_notifications"),
    of_order("report_carrier_notification"),
];

const fn of_order(operation: &'static str) -> Link {
    Link { operation, parameters: &[("id", "$response.body#/id")] }
}

pub(crate) fn get(doc: &mut Describer) -> Operation {
    let seen = "The `ETag` the caller has.";
    let described = doc
        .operation("Read an order")
        .parameter(Parameter::header("If-None-Match", seen, json!({ "type": "string" })))
        .parameter(if_match())
        .responds(304, "The caller has the order as it is.")
        .problem(412, "The order has changed.");
    let described = doc.responds_with::<OrderAnswer>(described, 200, "The order, with its `ETag`.");
    described.header(200, "ETag").header(304, "ETag")
}

pub(crate) fn replace(doc: &mut Describer) -> Operation {
    let described = doc.operation("Replace an order by a newer version");
    let described = doc.takes(described, &ORDER);
    change(doc, described)
}

pub(crate) fn patch(doc: &mut Describer) -> Operation {
    let described = doc.operation("Change an order by a JSON Merge Patch: its newer version");
    let described = doc.takes_type::<OrderPatch>(described);
    change(doc, described)
}

pub(crate) fn cancel(doc: &mut Describer) -> Operation {
    let described = doc.operation("Cancel an order");
    let described = doc.takes(described, &CANCELLATION).or_nothing();
    change(doc, described)
}

pub(crate) fn hold(doc: &mut Describer) -> Operation {
    let described = doc.operation("Hold an order until the same side releases it");
    change(doc, described)
}

pub(crate) fn release(doc: &mut Describer) -> Operation {
    let described = doc.operation("Release an order that the same side holds");
    change(doc, described)
}

fn if_match() -> Parameter {
    let seen = "Only when the order is as the caller saw it: its `ETag`.";
    Parameter::header("If-Match", seen, json!({ "type": "string" }))
}

/// What every change of an order has.
fn change(doc: &mut Describer, described: Operation) -> Operation {
    let order = "The order. One that is kept at a Seller elsewhere is as it was: a message says \
                 that the change is forwarded.";
    let described = described.idempotent().parameter(if_match());
    let not_now =
        "Not possible in the order's state, or the version is not newer: nothing changed.";
    doc.responds_with::<OrderAnswer>(described, 200, order)
        .header(200, "ETag")
        .problem(409, not_now)
        .problem(412, "The order has changed.")
}
