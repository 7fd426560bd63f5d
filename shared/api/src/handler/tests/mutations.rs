//! Events no gateway should send: whatever they hold, the answer is no 5xx and the process lives
//! (`infra/docs/reliability.md`, fact 6: behind `lambda_http` alone 17 of 64 panicked, 6 more
//! became 5xx).

use super::*;

const ODD_TEXTS: [&str; 16] = [
    "\"", "<", ">", " ", "\t", "\n", "\r\n", "\0", "#", "%", "%zz", "\\", "{}|^`", "é", "\u{feff}",
    "../..",
];

const ODD_HOSTS: [&str; 18] = [
    "",
    " ",
    "a b",
    "a/b",
    "a?b",
    "a#b",
    "a@b",
    "a:b",
    "a:99999",
    ":80",
    "[",
    "[::1",
    "999.999.999.999",
    "1.2.3.256",
    "xn--a",
    "a%00b",
    "a\\b",
    "é.example",
];

/// Sets a field found by a JSON pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut event = event("POST", "/ecc/v1/subscriptions", "tag=a", Some("{}"));
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    event.pointer_mut(parent).unwrap()[name] = value;
    event
}

fn odd_texts() -> Vec<Value> {
    let mut events = Vec::new();
    for odd in ODD_TEXTS {
        events.push(with("/rawPath", json!(format!("/ecc/v1/subscriptions{odd}"))));
        events.push(with("/rawQueryString", json!(format!("tag={odd}"))));
        for pointer in [
            "/rawPath",
            "/headers/host",
            "/headers/x-forwarded-proto",
            "/headers/x-correlation-id",
            "/headers/content-type",
            "/headers/authorization",
            "/headers/cookie",
            "/requestContext/stage",
            "/requestContext/domainName",
            "/requestContext/http/method",
            "/body",
        ] {
            events.push(with(pointer, json!(odd)));
        }
        events.push(with("/cookies", json!([odd])));
        let mut encoded = with("/body", json!(odd));
        encoded["isBase64Encoded"] = json!(true);
        events.push(encoded);
    }
    events
}

fn odd_hosts() -> Vec<Value> {
    let mut events = Vec::new();
    for host in ODD_HOSTS {
        events.push(with("/headers/host", json!(host)));
        let mut by_domain = with("/requestContext/domainName", json!(host));
        by_domain["headers"].as_object_mut().unwrap().remove("host");
        events.push(by_domain);
    }
    events
}

fn odd_types() -> Vec<Value> {
    let mut events = Vec::new();
    for pointer in [
        "/rawPath",
        "/rawQueryString",
        "/headers",
        "/headers/host",
        "/requestContext",
        "/requestContext/http",
        "/requestContext/http/method",
        "/requestContext/stage",
        "/body",
        "/cookies",
        "/isBase64Encoded",
        "/version",
    ] {
        for value in [json!(null), json!(1), json!([]), json!({}), json!(""), json!(true)] {
            events.push(with(pointer, value));
        }
    }
    events.push(with("/rawPath", json!(format!("/{}", "a".repeat(70_000)))));
    events.push(with("/rawQueryString", json!("a=b&".repeat(20_000))));
    events.extend([json!(null), json!(1), json!("x"), json!([]), json!({})]);
    events.push(json!({ "Records": [{ "body": "x" }] }));
    events
}

#[tokio::test]
async fn no_event_panics_or_is_answered_with_5xx() {
    let handler = handler();
    let events = [odd_texts(), odd_hosts(), odd_types()].concat();
    assert!(events.len() > 300);
    for event in events {
        let answer = handler.handle_event(&event).await;
        let status = answer["statusCode"].as_u64().unwrap();
        assert!((200..500).contains(&status), "{status} for {event}");
    }
}

#[tokio::test]
async fn what_would_break_the_adapter_is_400() {
    for event in [
        with("/rawQueryString", json!("a=\"")),
        with("/rawQueryString", json!("a=<")),
        with("/rawQueryString", json!("a b")),
        with("/rawQueryString", json!("a\tb")),
        with("/headers/host", json!("a b")),
        with("/headers/host", json!("1.2.3.256")),
        with("/headers/x-forwarded-proto", json!("ht tp")),
        with("/headers/x-forwarded-proto", json!("javascript")),
        json!({ "detail-type": "Scheduled Event" }),
    ] {
        let answer = handler().handle_event(&event).await;
        assert_eq!(answer["statusCode"], 400, "{event}");
        assert_eq!(body(&answer)["code"], "INVALID_PARAMETER");
    }
    let mut encoded = with("/body", json!("no base64!"));
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(status(&encoded).await, 400);
}

#[tokio::test]
async fn text_that_is_no_event_is_400() {
    for text in ["", "{", "\u{1f600}", "[[[[", "{\"rawPath\":"] {
        assert_eq!(handler().handle_text(text).await["statusCode"], 400, "{text}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_utf_8_reaches_the_handler_as_it_is() {
    let mut event = event("PATCH", "/ecc/v1/subscriptions/a", "", Some(&BASE64.encode([0xff])));
    event["isBase64Encoded"] = json!(true);
    let answer = handler().handle_event(&event).await;
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(body(&answer)["body"], "\u{fffd}");
}
