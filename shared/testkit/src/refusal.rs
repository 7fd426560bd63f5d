//! Responses in which AWS refuses a call, as its emulators never do.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// The media type of DynamoDB's and SQS's JSON protocols.
const MEDIA: &str = "application/x-amz-json-1.0";

/// A refusal of DynamoDB: the name of its exception, and more members of the body.
pub fn dynamodb(exception: &str, mut members: Value) -> Response {
    members["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{exception}"));
    refusal(&members)
}

/// A refusal of SQS: the name of its exception.
pub fn sqs(exception: &str) -> Response {
    refusal(&json!({ "__type": format!("com.amazonaws.sqs#{exception}") }))
}

/// Another transaction writes the first item of this `TransactWriteItems` request.
pub fn transaction_conflict(request: &[u8]) -> Response {
    let writes: Value = serde_json::from_slice(request).unwrap_or_default();
    let count = writes["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![json!({ "Code": "None" }); count];
    reasons[0] = json!({ "Code": "TransactionConflict" });
    dynamodb("TransactionCanceledException", json!({ "CancellationReasons": reasons }))
}

fn refusal(body: &Value) -> Response {
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, MEDIA)], body.to_string()).into_response()
}
