use std::{sync::Arc, time::Duration};

use orderwire_local::{
    front::{Front, RouteTable, router},
    runtime::InvokeError,
    template::Route,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::fixtures::{Script, place};

fn routes() -> RouteTable {
    let route = |method: &str, path: &str, function: &str| Route {
        method: method.to_owned(),
        path: path.to_owned(),
        function: function.to_owned(),
    };
    RouteTable::new(&[
        route("ANY", "/a/{proxy+}", "rest"),
        route("ANY", "/a/orders/{proxy+}", "orders-rest"),
        route("GET", "/a/{thing}", "read"),
        route("ANY", "/a/{thing}", "any"),
        route("GET", "/a/one", "one"),
        route("GET", "/a/{thing}/parts/{part}", "part"),
    ])
}

fn found(method: &str, path: &str) -> Option<String> {
    routes().find(method, path).map(|matched| matched.function.to_owned())
}

#[test]
fn the_most_specific_route_is_taken() {
    for (method, path, function) in [
        ("GET", "/a/one", Some("one")),
        ("GET", "/a/two", Some("read")),
        ("POST", "/a/one", Some("any")),
        ("GET", "/a/x/parts/y", Some("part")),
        ("GET", "/a/x/y", Some("rest")),
        ("PUT", "/a/orders/1/2", Some("orders-rest")),
        ("GET", "/a/two/", Some("rest")),
        ("GET", "/a", None),
        ("GET", "/a/", None),
        ("GET", "/b", None),
        ("GET", "//a/one", None),
        ("GET", "/A/one", None),
    ] {
        assert_eq!(found(method, path).as_deref(), function, "{method} {path}");
    }
}

#[test]
fn the_default_route_takes_what_no_other_does() {
    let default =
        Route { method: "ANY".to_owned(), path: "$default".to_owned(), function: "all".to_owned() };
    let table = RouteTable::new(&[default]);
    assert_eq!(table.find("GET", "/x/y").unwrap().route_key, "$default");
}

#[test]
fn path_parameters_stay_as_they_came() {
    let table = routes();
    let matched = table.find("GET", "/a/x%2Fy/parts/%00..").unwrap();
    let expected = vec![("thing", "x%2Fy".to_owned()), ("part", "%00..".to_owned())];
    assert_eq!(matched.parameters, expected);
    assert_eq!(matched.route_key, "GET /a/{thing}/parts/{part}");
}

struct Exchange {
    events: Vec<Value>,
    status: u16,
    text: String,
}

async fn exchange(request: &[u8], answer: Result<Value, InvokeError>) -> Exchange {
    let script = Arc::new(Script::of([answer]));
    let front = Front {
        routes: routes(),
        invoker: script.clone(),
        place: place(),
        integration_timeout: Duration::from_secs(5),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service =
        router(Arc::new(front)).into_make_service_with_connect_info::<std::net::SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may answer and close before it has read all of a large body.
    let _ = stream.write_all(request).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    server.abort();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let events = script.events.lock().unwrap().clone();
    Exchange { events, status, text }
}

#[tokio::test]
async fn a_request_becomes_a_payload_of_version_two() {
    let request =
        b"PUT /a/b%2Fc%20d%2541%C3%BC+?q=%3D1&q=2&e&{x}|^`=+ HTTP/1.1\r\nHost: api.example\r\n\
        X-Two: a\r\nx-two: b\r\nCookie: k=1; l=2\r\nUser-Agent: test\r\nConnection: close\r\n\
        Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
    let Exchange { events, status, .. } = exchange(request, Ok(json!({ "statusCode": 204 }))).await;
    assert_eq!(status, 204);
    let mut event = events[0].clone();
    let context = event["requestContext"].as_object_mut().unwrap();
    for changing in ["requestId", "time", "timeEpoch"] {
        assert!(context.remove(changing).is_some_and(|value| !value.is_null()));
    }
    assert_eq!(
        event,
        json!({
            "version": "2.0",
            "routeKey": "ANY /a/{thing}",
            "rawPath": "/a/b/c d%41ü+",
            "rawQueryString": "q=%3D1&q=2&e&{x}|^`=+",
            "cookies": ["k=1", "l=2"],
            "headers": {
                "host": "api.example", "x-two": "a,b", "user-agent": "test",
                "connection": "close", "content-type": "application/json",
                "content-length": "7",
                "x-forwarded-proto": "http",
            },
            "queryStringParameters": { "q": "=1,2", "e": "", "{x}|^`": " " },
            "pathParameters": { "thing": "b/c d%41ü+" },
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "api.example",
                "domainPrefix": "api",
                "http": {
                    "method": "PUT", "path": "/a/b/c d%41ü+", "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "test",
                },
                "routeKey": "ANY /a/{thing}",
                "stage": "$default",
            },
            "body": "{\"a\":1}",
            "isBase64Encoded": false,
        })
    );
}

#[tokio::test]
async fn a_body_that_is_no_text_is_encoded() {
    let request = b"POST /a/b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/octet-stream\r\ncontent-length: 2\r\n\r\n\xff\x00";
    let Exchange { events, .. } = exchange(request, Ok(json!({ "statusCode": 200 }))).await;
    assert_eq!((&events[0]["body"], &events[0]["isBase64Encoded"]), (&json!("/wA="), &json!(true)));
}

#[tokio::test]
async fn an_answers_headers_cookies_and_encoded_body_reach_the_caller() {
    let answer = json!({
        "statusCode": "202",
        "headers": { "X-Thing": "1" },
        "multiValueHeaders": { "X-Other": ["2"] },
        "cookies": ["a=1; Secure", "b=2"],
        "body": "aGVsbG8=",
        "isBase64Encoded": true,
    });
    let request = b"GET /a/b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let Exchange { status, text, .. } = exchange(request, Ok(answer)).await;
    assert_eq!(status, 202);
    for part in
        ["x-thing: 1\r\n", "set-cookie: a=1; Secure\r\n", "set-cookie: b=2\r\n", "\r\n\r\nhello"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("x-other"), "the gateway ignores multiValueHeaders: {text}");
}

#[tokio::test]
async fn failures_look_as_the_gateway_shows_them() {
    let request = b"GET /a/b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    for (answer, status) in [
        (Script::failed(), 500),
        (Err(InvokeError::TimedOut), 500),
        (Err(InvokeError::Unreachable("away")), 503),
        (Ok(json!({ "statusCode": 9999 })), 500),
        (Ok(json!({ "statusCode": 200, "headers": { "a b": "x" } })), 500),
        (Ok(json!({ "just": "json" })), 200),
    ] {
        assert_eq!(exchange(request, answer.clone()).await.status, status, "{answer:?}");
    }
    let unmatched = b"GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let Exchange { status, text, events } = exchange(unmatched, Ok(json!({}))).await;
    assert_eq!((status, events.len()), (404, 0));
    assert!(text.ends_with(r#"{"message":"Not Found"}"#));
}

#[tokio::test]
async fn a_body_over_ten_megabytes_is_refused() {
    let size = 10 * 1024 * 1024 + 1;
    let mut request = format!(
        "POST /a/b HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n"
    )
    .into_bytes();
    request.resize(request.len() + size, b'x');
    let Exchange { status, events, .. } = exchange(&request, Ok(json!({}))).await;
    assert_eq!((status, events.len()), (413, 0));
}

#[tokio::test]
async fn a_response_without_a_body_does_not_say_that_it_is_empty() {
    for (method, status, length) in [
        ("HEAD", 200, None),
        ("HEAD", 200, Some("312")),
        ("HEAD", 404, None),
        ("GET", 204, None),
        ("GET", 304, None),
        ("GET", 200, Some("0")),
        ("POST", 201, Some("0")),
    ] {
        let said = length.filter(|length| *length != "0");
        let headers = said.map_or_else(|| json!({}), |length| json!({ "content-length": length }));
        let answer = json!({ "statusCode": status, "headers": headers });
        let request = format!("{method} /a/b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let Exchange { status: seen, text, .. } = exchange(request.as_bytes(), Ok(answer)).await;
        assert_eq!(seen, status, "{method}");
        let sent = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        assert_eq!(sent, length, "{method} {status}: {text}");
        assert!(text.ends_with("\r\n\r\n"), "no body: {text}");
    }
}
