//! The event a function gets for a request, payload format 2.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::net::IpAddr;

use axum::http::{HeaderMap, header, request::Parts};
use base64::Engine as _;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::Matched;
use crate::clock;

/// Builds the event. The path is decoded, as the gateway does with HTTP APIs: an encoded slash is
/// a separator then. The query goes through as it came; the parsed query parameters and the path
/// parameters are decoded.
pub fn payload(
    parts: &Parts,
    body: &[u8],
    matched: &Matched<'_>,
    source: IpAddr,
    request_id: &str,
    account: &str,
) -> Value {
    let mut headers = joined_headers(&parts.headers);
    // The gateway says how it was reached, whatever the caller claims.
    headers.insert("x-forwarded-proto".to_owned(), json!("http"));
    let host = headers.get("host").and_then(Value::as_str).unwrap_or_default().to_owned();
    let user_agent = headers.get("user-agent").cloned().unwrap_or_else(|| json!(""));
    let path = decoded(parts.uri.path());
    let raw_query = parts.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": matched.route_key,
        "rawPath": path,
        "rawQueryString": raw_query,
        "headers": headers,
        "requestContext": {
            "accountId": account,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.split('.').next().unwrap_or_default(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": source.to_string(),
                "userAgent": user_agent,
            },
            "requestId": request_id,
            "routeKey": matched.route_key,
            "stage": "$default",
            "time": clock::gateway_time(),
            "timeEpoch": clock::unix_millis(),
        },
        "isBase64Encoded": false,
    });
    // What is empty is left out, as the gateway does.
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let parameters = query_parameters(raw_query);
    if !parameters.is_empty() {
        event["queryStringParameters"] = Value::Object(parameters);
    }
    if !matched.parameters.is_empty() {
        let parameters = matched.parameters.iter();
        let parameters = parameters.map(|(name, raw)| ((*name).to_owned(), json!(decoded(raw))));
        event["pathParameters"] = Value::Object(parameters.collect());
    }
    if !body.is_empty() {
        match text_body(&parts.headers, body) {
            Some(text) => event["body"] = json!(text),
            None => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(body);
                event["body"] = json!(encoded);
                event["isBase64Encoded"] = json!(true);
            }
        }
    }
    event
}

/// Names in lower case, values of one name joined by commas; cookies apart.
fn joined_headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut joined: Map<String, Value> = Map::new();
    for (name, value) in headers.iter().filter(|(name, _)| *name != header::COOKIE) {
        // Header bytes that are no UTF-8 are Latin-1, as the gateway reads them.
        let text: String = match std::str::from_utf8(value.as_bytes()) {
            Ok(text) => text.to_owned(),
            Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
        };
        let together = match joined.get(name.as_str()).and_then(Value::as_str) {
            Some(before) => format!("{before},{text}"),
            None => text,
        };
        joined.insert(name.as_str().to_owned(), json!(together));
    }
    joined
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

fn query_parameters(raw: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")));
        let together = match parameters.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        parameters.insert(name, json!(together));
    }
    parameters
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The body as text when its type is text; an encoded body never is.
fn text_body<'b>(headers: &HeaderMap, body: &'b [u8]) -> Option<&'b str> {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if value(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return None;
    }
    let content_type = value(header::CONTENT_TYPE).unwrap_or("text/plain").to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let textual = essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || matches!(
            essence,
            "application/json"
                | "application/xml"
                | "application/javascript"
                | "application/x-www-form-urlencoded"
        );
    if textual { std::str::from_utf8(body).ok() } else { None }
}
