//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation, Parameter};
use carrier::wire::openapi::{CarrierProblem, NotificationBody, Notifications};
use serde_json::json;

use crate::CarrierNotificationsApi;

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
    doc.api::<CarrierNotificationsApi, CarrierProblem>()
}

pub(crate) fn get(doc: &mut Describer) -> Operation {
    let view = "`history`: all of them, oldest first.";
    let views = json!({ "enum": ["latest", "history"], "default": "latest" });
    let described = doc.operation("Read what was told of an order: the latest, or all");
    let described = described.parameter(Parameter::query("view", view, views));
    let described = doc.answers::<Notifications>(described, 200, "The notification, or all.");
    doc.problem::<CarrierProblem>(described, 400, "A query parameter is malformed.")
}

pub(crate) fn report(doc: &mut Describer) -> Operation {
    let key = "Makes the request safe to repeat for 24 hours: the first answer comes again, with \
               `Idempotency-Replayed: true`.";
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    let who = "Report the progress of an order, as its Seller: from the systems of one that is \
               here, or one elsewhere, under its own id of the order";
    let described = doc.operation(who);
    let described = described.parameter(Parameter::header("Idempotency-Key", key, schema));
    let described = doc.takes::<NotificationBody>(described);
    let told = "The notification as it was stored, under its number.";
    let described = doc.answers::<NotificationBody>(described, 201, told);
    let not_now = "Not possible in the order's state: nothing changed.";
    let described = doc.problem::<CarrierProblem>(described, 409, not_now);
    doc.problem::<CarrierProblem>(described, 422, "The key was used for another request.")
}
