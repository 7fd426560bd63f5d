//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation, Parameter};
use ecc::EccProblem;
use serde_json::json;

use crate::{EventList, EventsApi};

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    let types = json!({ "type": "string", "enum": ["order", "state-change", "batch"] });
    doc.path_parameter("eventtype", "A type of events.", types);
    doc.api::<EventsApi, EccProblem>()
}

pub(crate) fn list_events(doc: &mut Describer) -> Operation {
    let number = |least: u64, most: u64, default: u64| json!({ "type": "integer", "minimum": least, "maximum": most, "default": default });
    let first = json!({ "type": "integer", "minimum": 1 });
    let described = doc
        .operation("Read events, or wait for some")
        .parameter(Parameter::query(
            "long-polling",
            "How many seconds to wait for an event that was not seen.",
            number(0, 25, 0),
        ))
        .parameter(Parameter::query("limit", "How many at the most.", number(1, 100, 30)))
        .parameter(Parameter::query(
            "first-element",
            "The number of the first event; without it the newest are meant.",
            first,
        ))
        .parameter(Parameter::header(
            "If-None-Match",
            "The `ETag` of what was seen.",
            json!({ "type": "string" }),
        ))
        .answer(304, "Nothing new.");
    let text = "The events, the oldest first, and their `ETag`.";
    let described = doc.answers::<EventList>(described, 200, text);
    let text = "There is no such type of events.";
    let described = doc.problem::<EccProblem>(described, 404, text);
    doc.problem::<EccProblem>(described, 400, "A query parameter is malformed.")
}
