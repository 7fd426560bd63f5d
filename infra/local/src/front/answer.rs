//! What the caller gets for a function's answer.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{
        HeaderName, HeaderValue, Method, Response, StatusCode,
        header::{CONTENT_TYPE, SET_COOKIE},
    },
};
use base64::Engine as _;
use http_body::Frame;
use serde_json::{Value, json};

use crate::runtime::InvokeError;

/// The gateway's own answers: `{"message": ".."}`.
pub(super) fn message(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": text }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The gateway hides why a function failed.
pub(super) fn from_error(error: &InvokeError) -> Response<Body> {
    match error {
        InvokeError::Throttled | InvokeError::Unreachable(_) => {
            message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
        InvokeError::UnknownFunction
        | InvokeError::Function { .. }
        | InvokeError::TimedOut
        | InvokeError::Exited => internal_error(),
    }
}

fn internal_error() -> Response<Body> {
    message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// Turns a payload-2.0 answer into HTTP; JSON without a `statusCode` is a 200
/// body by itself, and what cannot be sent is a 500.
pub(super) fn from_function(answered: &[u8], request_id: &str) -> Response<Body> {
    let Ok(answer) = serde_json::from_slice::<Value>(answered) else { return internal_error() };
    let Some(status) = answer.get("statusCode").filter(|status| !status.is_null()) else {
        let mut response = Response::new(Body::from(answer.to_string()));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return response;
    };
    // Some serialisers write the status as text; the gateway takes both.
    let status = status.as_u64().or_else(|| status.as_str().and_then(|text| text.parse().ok()));
    build(&answer, status, request_id).unwrap_or_else(internal_error)
}

fn build(answer: &Value, status: Option<u64>, request_id: &str) -> Option<Response<Body>> {
    let status = StatusCode::from_u16(u16::try_from(status?).ok()?).ok()?;
    let text = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    let body = if answer.get("isBase64Encoded") == Some(&Value::Bool(true)) {
        base64::engine::general_purpose::STANDARD.decode(text).ok()?
    } else {
        text.as_bytes().to_vec()
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // `multiValueHeaders` are of payload format 1.0: the gateway ignores them here.
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::try_from(name).ok()?;
        for value in values(value) {
            headers.append(name.clone(), HeaderValue::try_from(value).ok()?);
        }
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        headers.append(SET_COOKIE, HeaderValue::try_from(cookie.as_str()?).ok()?);
    }
    if !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    }
    headers.insert("apigw-requestid", HeaderValue::try_from(request_id).ok()?);
    Some(response)
}

/// Says the length of no body where none may follow: a response to HEAD has the length that the
/// response to GET would have, or none (RFC 9110, 8.6).
pub(super) fn without_untrue_length(response: Response<Body>, method: &Method) -> Response<Body> {
    let status = response.status();
    let is_bodiless = *method == Method::HEAD
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if is_bodiless { response.map(|_| Body::new(NoBody)) } else { response }
}

/// A body that does not come. axum would write the length 0 of an empty one into the headers.
struct NoBody;

impl HttpBody for NoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(self::values).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}
