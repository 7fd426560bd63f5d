//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation, Parameter};
use carrier::wire::openapi::{
    CancellationBody, CarrierProblem, OrderAnswer, OrderBody, OrderList, OrderPatch,
    OrderValidation,
};
use domain::carrier::OrderStatus;
use serde_json::{Value, json};

use crate::CarrierOrdersApi;

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
    doc.path_parameter(
        "collection",
        "`orders&` and the query: the old documents write `&` where `?` belongs.",
        json!({ "type": "string", "examples": ["orders&pon=PO-1"] }),
    );
    doc.api::<CarrierOrdersApi, CarrierProblem>()
}

pub(crate) fn list(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the orders of the caller's parties, newest first");
    let described = filters().into_iter().fold(described, Operation::parameter);
    let described = doc.answers::<OrderList>(described, 200, "A page; empty is 200 as well.");
    doc.problem::<CarrierProblem>(described, 400, "A query parameter is malformed.")
}

pub(crate) fn list_legacy(doc: &mut Describer) -> Operation {
    let described = doc.operation("The same, with the query as the old documents write it");
    doc.answers::<OrderList>(described, 200, "A page.")
}

pub(crate) fn create(doc: &mut Describer) -> Operation {
    let described = doc.operation("Place an order, or a newer version of it");
    let dry = "Says what would happen: 200 with an `orderValidation`, and nothing is stored.";
    let described = described.parameter(Parameter::query(
        "validate",
        dry,
        json!({ "type": "boolean", "default": false }),
    ));
    let described = doc.takes::<OrderBody>(with_key(described));
    let placed = "The order: `Location` names it. What is wrong with it stands in its messages.";
    let described = doc.answers::<OrderAnswer>(described, 201, placed);
    let again = "The order that was placed by this request before, a newer version of it, or with \
                 `validate=true` what would happen.";
    let described = doc.answers_one_of::<OrderAnswer, OrderValidation>(described, 200, again);
    let taken = "The Buyer has another order, or a version as new, with this number.";
    let described = doc.problem::<CarrierProblem>(described, 409, taken);
    doc.problem::<CarrierProblem>(described, 422, "The key was used for another request.")
}

pub(crate) fn get(doc: &mut Describer) -> Operation {
    let seen = "The `ETag` the caller has.";
    let described = doc
        .operation("Read an order")
        .parameter(Parameter::header("If-None-Match", seen, text()))
        .answer(304, "The caller has the order as it is.");
    doc.answers::<OrderAnswer>(described, 200, "The order, with its `ETag`.")
}

pub(crate) fn replace(doc: &mut Describer) -> Operation {
    let described = doc.operation("Replace an order by a newer version");
    let described = doc.takes::<OrderBody>(described);
    change(doc, described)
}

pub(crate) fn patch(doc: &mut Describer) -> Operation {
    let described = doc.operation("Change an order by a JSON Merge Patch: its newer version");
    let described = doc.takes::<OrderPatch>(described);
    change(doc, described)
}

pub(crate) fn cancel(doc: &mut Describer) -> Operation {
    let described = doc.operation("Cancel an order");
    let described = doc.takes::<CancellationBody>(described).or_nothing();
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

/// What every change of an order has.
fn change(doc: &mut Describer, described: Operation) -> Operation {
    let seen = "Only when the order is as the caller saw it: its `ETag`.";
    let described = with_key(described).parameter(Parameter::header("If-Match", seen, text()));
    let order = "The order. One that is kept at a Seller elsewhere is as it was: a message says that \
                 this is passed on.";
    let described = doc.answers::<OrderAnswer>(described, 200, order);
    let not_now =
        "Not possible in the order's state, or the version is not newer: nothing changed.";
    let described = doc.problem::<CarrierProblem>(described, 409, not_now);
    let described = doc.problem::<CarrierProblem>(described, 412, "The order has changed.");
    doc.problem::<CarrierProblem>(described, 422, "The key was used for another request.")
}

fn with_key(described: Operation) -> Operation {
    let key = "Makes the request safe to repeat for 24 hours: the first answer comes again, with \
               `Idempotency-Replayed: true`.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    described.parameter(Parameter::header("Idempotency-Key", key, schema))
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn filters() -> [Parameter; 9] {
    let states: Vec<&str> = OrderStatus::WORDS.iter().map(|(word, _)| *word).collect();
    [
        Parameter::query("buyerId", "Only of this Buyer.", text()),
        Parameter::query("sellerId", "Only of this Seller.", text()),
        Parameter::query("pon", "Only with this purchase order number.", text()),
        Parameter::query("id", "Only the order with this id.", text()),
        Parameter::query("status", "Only in this state.", json!({ "enum": states })),
        Parameter::query("orderDate.gte", "Only with this order date or a later one.", text()),
        Parameter::query("orderDate.lt", "Only with an earlier order date.", text()),
        Parameter::query(
            "limit",
            "How many at the most.",
            json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }),
        ),
        Parameter::query("cursor", "Where to go on: as in `next` of the page before.", text()),
    ]
}
