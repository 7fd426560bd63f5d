//! Responses: an operation's own, the problems every operation has, and the headers they carry.

use http::Method;
use serde_json::{Map, Value, json};

use super::Operation;
use crate::{Access, Route};

pub(super) fn body(text: &str, media: &str, schema: Value) -> Value {
    json!({ "description": text, "content": { media: { "schema": schema } } })
}

/// A body of JSON, with an example.
pub(super) fn shown(text: &str, schema: Value, example: Value) -> Value {
    let mut response = body(text, "application/json", schema);
    response["content"]["application/json"]["example"] = example;
    response
}

/// Every response of an operation.
pub(super) fn all<A>(
    operation: &Operation,
    route: &Route<A>,
    (media, schema): (&str, &Value),
) -> Value {
    let mut all = operation.responses.clone();
    if operation.idempotent {
        for answer in all.values_mut() {
            carry(answer, "Idempotency-Replayed");
        }
    }
    for (status, text) in &operation.problems {
        all.insert(*status, body(text, media, schema.clone()));
    }
    for (status, text) in usual_problems(operation, route) {
        all.entry(status).or_insert_with(|| body(text, media, schema.clone()));
    }
    let mut responses = Map::new();
    for (status, mut response) in all {
        match status {
            401 | 403 => carry(&mut response, "WWW-Authenticate"),
            429 | 503 => carry(&mut response, "Retry-After"),
            _ => {}
        }
        if route.deprecated {
            carry(&mut response, "Deprecation");
        }
        carry(&mut response, "X-Correlation-ID");
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

fn carry(response: &mut Value, header: &str) {
    response["headers"][header] = json!({ "$ref": format!("#/components/headers/{header}") });
}

fn usual_problems<A>(operation: &Operation, route: &Route<A>) -> Vec<(u16, &'static str)> {
    let malformed = if operation.request.is_some() {
        "Malformed, missing or unknown parameters: every one of them is listed."
    } else {
        "A parameter of the path, the query or a header is malformed or unknown."
    };
    let mut usual = vec![
        (400, malformed),
        (429, "Too many requests: see Retry-After."),
        (500, "An error of ours."),
        (503, "Temporarily unavailable: see Retry-After, and repeat the request."),
    ];
    if route.access != Access::Public {
        usual.push((401, "Credentials missing or wrong."));
        usual.push((
            403,
            "The client's roles do not allow this. To an access token, `WWW-Authenticate` says \
             `insufficient_scope` (RFC 6750).",
        ));
    }
    if route.path.contains('{') && route.access != Access::Public {
        usual.push((404, "Does not exist, or is another client's."));
    }
    if matches!(route.method, Method::POST | Method::PUT | Method::PATCH) {
        usual.push((413, "The body is larger than 256 KiB."));
        usual.push((415, "The body is of another media type."));
    }
    usual
}

/// `components/headers`.
pub(super) fn headers() -> Value {
    let text =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let number = |description: &str| json!({ "description": description, "schema": { "type": "integer", "minimum": 0 } });
    json!({
        "Deprecation": text("Since when the path is deprecated (RFC 9745)."),
        "ETag": text("The version of the response: for `If-None-Match` and `If-Match`."),
        "Idempotency-Replayed": {
            "description": "The response is that of an earlier request with the same key.",
            "schema": { "type": "string", "enum": ["true"] },
        },
        "Link": text("Names the next page, with `rel=\"next\"` (RFC 8288); absent at the end."),
        "Location": {
            "description": "The path of what was created.",
            "schema": { "type": "string", "format": "uri-reference" },
        },
        "Retry-After": number("How many seconds to wait before the request is repeated."),
        "WWW-Authenticate": text("How to authenticate (RFC 9110, section 11.6.1)."),
        "X-Result-Count": number("How many are on the page."),
        "X-Total-Count": number("How many there are on all pages; left out when that is not known."),
        "X-Correlation-ID": text("Identifies the request: the caller's, or a new one."),
    })
}

/// `components/parameters`.
pub(super) fn parameters() -> Value {
    json!({
        "CorrelationId": {
            "name": "X-Correlation-ID",
            "in": "header",
            "required": false,
            "description": "The caller's id of the request: 1 to 128 letters, digits and \
                            `-_.:;=/`, not a bare number of 7 digits or more; any other value \
                            is replaced by a new id.",
            "schema": { "type": "string" },
        },
    })
}
