//! The function in the OpenAPI document.

use api::openapi::{Describer, Operation as Described, Parameter};
use carrier::wire::openapi::{
    CancellationBody, CarrierProblem, OrderAnswer, OrderBody, OrderList, OrderPatch,
    OrderValidation,
};
use domain::carrier::OrderStatus;
use serde_json::{Value, json};

use crate::{CarrierOrdersApi, Operation};

/// Describes the function.
pub fn describe(doc: &mut Describer) {
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
    doc.api::<CarrierOrdersApi, CarrierProblem>(|doc, operation, _| one(doc, operation));
}

fn one(doc: &mut Describer, operation: Operation) -> Described {
    let described = doc.operation(summary(operation));
    match operation {
        Operation::List => list(doc, described),
        Operation::ListLegacy => doc.answers::<OrderList>(described, 200, "A page."),
        Operation::Create => create(doc, described),
        Operation::Get => {
            let seen = "The `ETag` the caller has.";
            let described = described
                .parameter(Parameter::header("If-None-Match", seen, text()))
                .answer(304, "The caller has the order as it is.");
            doc.answers::<OrderAnswer>(described, 200, "The order, with its `ETag`.")
        }
        Operation::Replace => {
            let described = doc.takes::<OrderBody>(described);
            change(doc, described)
        }
        Operation::Patch => {
            let described = doc.takes_as::<OrderPatch>("application/merge-patch+json", described);
            change(doc, described)
        }
        Operation::Cancel => {
            let described = doc.takes::<CancellationBody>(described).or_nothing();
            change(doc, described)
        }
        Operation::Hold | Operation::Release => change(doc, described),
    }
}

fn list(doc: &mut Describer, mut described: Described) -> Described {
    for parameter in filters() {
        described = described.parameter(parameter);
    }
    let described = doc.answers::<OrderList>(described, 200, "A page; empty is 200 as well.");
    doc.problem::<CarrierProblem>(described, 400, "A query parameter is malformed.")
}

fn create(doc: &mut Describer, described: Described) -> Described {
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

/// What every change of an order has.
fn change(doc: &mut Describer, described: Described) -> Described {
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

fn with_key(described: Described) -> Described {
    let key = "Makes the request safe to repeat for 24 hours: the first answer comes again, with \
               `Idempotency-Replayed: true`.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    described.parameter(Parameter::header("Idempotency-Key", key, schema))
}

fn text() -> Value {
    json!({ "type": "string" })
}

const fn summary(operation: Operation) -> &'static str {
    match operation {
        Operation::List => "List the orders of the caller's parties, newest first",
        Operation::ListLegacy => "The same, with the query as the old documents write it",
        Operation::Create => "Place an order, or a newer version of it",
        Operation::Get => "Read an order",
        Operation::Replace => "Replace an order by a newer version",
        Operation::Patch => "Change an order by a JSON Merge Patch: its newer version",
        Operation::Cancel => "Cancel an order",
        Operation::Hold => "Hold an order until the same side releases it",
        Operation::Release => "Release an order that the same side holds",
    }
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
