//! The function in the OpenAPI document.

use api::{
    openapi::{DescribeError, Describer, Operation, Parameter},
    schema::reference,
};
use domain::feed::Feed;
use ecc::{
    EccProblem,
    events::{BATCH_EVENT, ORDER_EVENT, STATE_CHANGE_EVENT},
};
use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use crate::{EventList, EventsApi};

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Events", "What has happened, by long poll.");
    let types = json!({ "type": "string", "enum": Feed::ALL.map(Feed::as_str) });
    doc.path_parameter("eventtype", "A type of events.", types);
    doc.api::<EventsApi, EccProblem>()
}

/// What is in a feed.
const BEGINNING: &str = "A feed begins when it is first read: the first reader gets an empty list, \
    and every event after that. It ends a week after it was read last; when it is read again, its \
    numbers continue. The feed `order` has one event per order, when the order has ended.";

pub(crate) fn list_events(doc: &mut Describer) -> Operation {
    let seen = Parameter::header(
        "If-None-Match",
        "The `ETag` of what was seen.",
        json!({ "type": "string" }),
    );
    let described = doc.operation("Read events, or wait for some").parameter(seen);
    let described = described.about(BEGINNING).responds(304, "Nothing new.");
    let text = "The events, the oldest first, and their `ETag`.";
    let described = doc.responds_with::<EventList>(described, 200, text);
    let described = described.header(200, "ETag").header(304, "ETag");
    described.problem(404, "There is no such type of events.")
}

/// The events of a list, all of one type.
pub(crate) fn events(schemas: &mut SchemaGenerator) -> Schema {
    let kinds = [&ORDER_EVENT, &STATE_CHANGE_EVENT, &BATCH_EVENT];
    let kinds = kinds.map(|event| reference(event, schemas));
    let list = json!({ "type": "array", "items": { "anyOf": kinds } });
    Schema::try_from(list).unwrap_or_default()
}
