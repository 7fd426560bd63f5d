//! Each check, and their order.

use super::*;
use crate::{DEEPEST, LARGEST_BODY};

const SUBSCRIPTIONS: &str = "/ecc/v1/subscriptions";
const ONE: &str = "/ecc/v1/subscriptions/msisdn:46708421488";

#[tokio::test]
async fn a_request_reaches_its_operation_decoded() {
    let path = "/ecc/v1/subscriptions/msisdn%3A46708421488";
    let answer = handler().handle_event(&event("GET", path, "tag=a%20b&tag=a+b&x", None)).await;
    assert_eq!(answer["statusCode"], 200);
    let body = body(&answer);
    assert_eq!(body["subscription"], "msisdn:46708421488");
    assert_eq!(body["query"], json!([["tag", "a b"], ["tag", "a b"], ["x", ""]]));
    assert_eq!(body["tenant"], "acme-tenant");
}

#[tokio::test]
async fn an_unknown_query_parameter_is_refused_by_name() {
    let answer = handler().handle_event(&event("GET", ONE, "tga=a&limit=0&tag=b", None)).await;
    assert_eq!(answer["statusCode"], 400);
    assert_eq!(
        body(&answer)["errors"],
        json!([
            { "pointer": "query/limit", "message": "1 to 100" },
            { "pointer": "query/tga", "message": "not known here" },
        ])
    );
    assert_eq!(status(&event("POST", SUBSCRIPTIONS, "dry=1", None)).await, 400);
}

#[tokio::test]
async fn every_answer_has_the_headers_every_answer_has() {
    for event in [get(ONE), get("/nowhere"), json!({}), get("/panic")] {
        let answer = handler().handle_event(&event).await;
        let headers = &answer["headers"];
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers["strict-transport-security"].is_string());
        assert!(headers["x-correlation-id"].as_str().is_some_and(|id| !id.is_empty()));
    }
    let answer = handler().handle_event(&get(ONE)).await;
    assert_eq!(answer["headers"]["x-correlation-id"], "correlation-1");
}

#[tokio::test]
async fn a_correlation_id_that_is_none_is_replaced() {
    let personal = ["46708421488-john@doe.com", "john%40doe.com", "+46708421488", "46708421488"];
    for bad in ["", "a b", &"x".repeat(129), "é"].into_iter().chain(personal) {
        let mut event = get(ONE);
        event["headers"]["x-correlation-id"] = json!(bad);
        let answer = handler().handle_event(&event).await;
        let id = answer["headers"]["x-correlation-id"].as_str().unwrap();
        assert_eq!(id.len(), 36, "{bad}: {id}");
    }
    for good in ["1", "00-4bf92f3577b34da6-01", "Root=1-5759e988-bd862e;Sampled=1", "a/b:c_d.e"] {
        let mut event = get(ONE);
        event["headers"]["x-correlation-id"] = json!(good);
        assert_eq!(handler().handle_event(&event).await["headers"]["x-correlation-id"], good);
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_known_one_with_another_method_405() {
    assert_eq!(status(&get("/nowhere")).await, 404);
    assert_eq!(status(&get("/ecc/v1/subscriptions/")).await, 404);
    for method in ["PUT", "OPTIONS", "TRACE", "BREW"] {
        let answer = handler().handle_event(&event(method, SUBSCRIPTIONS, "", None)).await;
        assert_eq!(answer["statusCode"], 405, "{method}");
        assert_eq!(answer["headers"]["allow"], "POST, GET, HEAD");
    }
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    for path in [ONE, "/nowhere"] {
        let full = handler().handle_event(&get(path)).await;
        let head = handler().handle_event(&event("HEAD", path, "", None)).await;
        assert_eq!(head["statusCode"], full["statusCode"], "{path}");
        assert_eq!(head["headers"]["content-type"], full["headers"]["content-type"], "{path}");
        assert!(full["body"].as_str().is_some_and(|body| !body.is_empty()), "{path}");
        assert!(head["body"].as_str().unwrap_or_default().is_empty(), "{path}");
        let length = full["body"].as_str().map(|body| body.len().to_string());
        assert_eq!(head["headers"]["content-length"].as_str(), length.as_deref(), "{path}");
    }
}

#[tokio::test]
async fn a_body_in_another_encoding_is_415() {
    for (name, value) in [
        ("content-encoding", "gzip"),
        ("content-encoding", "identity, br"),
        ("content-type", "application/json-patch+json"),
        ("content-type", "application/strategic-merge-patch+json"),
        ("content-type", "application/json; charset=utf-16"),
    ] {
        let mut post = event("POST", SUBSCRIPTIONS, "", Some("{}"));
        post["headers"][name] = value.into();
        assert_eq!(status(&post).await, 415, "{name}: {value}");
    }
    for (name, value) in [
        ("content-encoding", "identity"),
        ("content-type", "application/json; charset=UTF8"),
        ("content-type", "application/json; charset=\"us-ascii\""),
    ] {
        let mut post = event("POST", SUBSCRIPTIONS, "", Some("{}"));
        post["headers"][name] = value.into();
        assert_ne!(status(&post).await, 415, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_path_is_decoded_once_and_an_encoded_sign_changes_no_route() {
    for (path, expected) in [
        ("/ecc/v1/x/../subscriptions", 404),
        ("/ecc/v1/%2e%2e/v1/subscriptions", 404),
        ("/ecc/v1/subscriptions/.", 404),
        ("/ecc/v1/subscriptions/%2E", 404),
        ("/ecc//v1/subscriptions", 404),
        ("//ecc/v1/subscriptions", 404),
        ("/ecc/v1/%2573ubscriptions", 404),
        ("/ecc/v1/subscriptions/a%2Fb", 404),
        ("/ecc/v1/subscriptions/a%5Cb", 400),
        ("/ecc/v1/subscriptions/a%0Ab", 400),
        ("/ecc/v1/subscriptions/a%00", 400),
        ("/ecc/v1/subscriptions/%ff", 400),
        ("/ecc/v1/subscriptions/a%252fb", 200),
    ] {
        assert_eq!(status(&get(path)).await, expected, "{path}");
    }
    for (path, id) in [
        ("a%20b", "a b"),
        ("a+b", "a+b"),
        ("100%25", "100%"),
        ("%2541", "%41"),
        ("J%C3%BCrgen%26Co", "Jürgen&Co"),
    ] {
        let answer = handler().handle_event(&get(&format!("{SUBSCRIPTIONS}/{path}"))).await;
        assert_eq!(body(&answer)["subscription"], id, "{path}");
    }
    let mut other = get("/ecc/v1/subscriptions");
    other["routeKey"] = json!("ANY /ecc/v1/{thing}/{part}");
    assert_eq!(status(&other).await, 404);
}

#[tokio::test]
async fn without_a_credential_the_answer_is_401_with_a_challenge() {
    let mut event = get(ONE);
    event["headers"]["authorization"] = json!("Basic ???");
    let answer = handler().handle_event(&event).await;
    assert_eq!(answer["statusCode"], 401);
    let challenge = answer["headers"]["www-authenticate"].as_str().unwrap();
    assert!(challenge.starts_with("Basic realm="));
    assert_eq!(body(&answer)["code"], "UNAUTHORIZED");
}

#[tokio::test]
async fn a_caller_without_the_role_is_403() {
    assert_eq!(status(&get("/operators")).await, 403);
}

#[tokio::test]
async fn a_directory_that_is_down_is_503_with_retry_after() {
    let handler = handler_of(OneClient { down: true }, Rate::default());
    let answer = handler.handle_event(&get(ONE)).await;
    assert_eq!(answer["statusCode"], 503);
    assert_eq!(answer["headers"]["retry-after"], "1");
}

#[tokio::test]
async fn a_tenant_over_its_rate_is_429_with_retry_after() {
    let rate = Rate { per_second: 0.01, burst: 1.0 };
    let handler = handler_of(OneClient { down: false }, rate);
    assert_eq!(handler.handle_event(&get(ONE)).await["statusCode"], 200);
    let answer = handler.handle_event(&get(ONE)).await;
    assert_eq!(answer["statusCode"], 429);
    assert!(answer["headers"]["retry-after"].is_string());
}

#[tokio::test]
async fn a_body_over_256_kib_is_413_encoded_or_not() {
    let largest = format!("\"{}\"", "x".repeat(LARGEST_BODY - 2));
    let larger = format!("{largest} ");
    assert_eq!(status(&event("PATCH", ONE, "", Some(&largest))).await, 200);
    assert_eq!(status(&event("PATCH", ONE, "", Some(&larger))).await, 413);
    for (text, expected) in [(largest, 200), (larger, 413)] {
        let mut event = event("PATCH", ONE, "", Some(&BASE64.encode(text)));
        event["isBase64Encoded"] = json!(true);
        assert_eq!(status(&event).await, expected);
    }
}

#[tokio::test]
async fn a_body_that_is_not_declared_json_is_415() {
    let mut plain = event("POST", SUBSCRIPTIONS, "", Some("{}"));
    plain["headers"]["content-type"] = json!("text/plain");
    assert_eq!(status(&plain).await, 415);
    plain["headers"].as_object_mut().unwrap().remove("content-type");
    assert_eq!(status(&plain).await, 415);
    plain["body"] = Value::Null;
    assert_eq!(status(&plain).await, 202);
}

#[tokio::test]
async fn a_body_nested_deeper_than_32_is_400() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let post = |body: String| event("POST", SUBSCRIPTIONS, "", Some(&body));
    assert_eq!(status(&post(nested(DEEPEST))).await, 202);
    assert_eq!(status(&post(nested(DEEPEST + 1))).await, 400);
    assert_eq!(status(&post("{\"a\":".repeat(50_000))).await, 400);
}

#[tokio::test]
async fn who_calls_is_asked_before_what_is_sent() {
    let mut event = event("POST", SUBSCRIPTIONS, "", Some(&"x".repeat(LARGEST_BODY + 1)));
    event["headers"]["authorization"] = json!("Basic ???");
    event["headers"]["content-type"] = json!("text/plain");
    assert_eq!(status(&event).await, 401);
    event["rawPath"] = json!("/nowhere");
    assert_eq!(status(&event).await, 404);
}

#[tokio::test]
async fn a_panic_is_500_and_says_nothing() {
    for path in ["/panic", "/fail"] {
        let answer = handler().handle_event(&get(path)).await;
        assert_eq!(answer["statusCode"], 500);
        assert_eq!(body(&answer)["code"], "INTERNAL_ERROR");
        assert!(!answer.to_string().contains("46708421488"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_out_of_time_is_503_before_the_deadline() {
    let begin = Instant::now();
    let answer = handler().handle_event(&get("/hang")).await;
    assert_eq!(answer["statusCode"], 503);
    assert_eq!(answer["headers"]["retry-after"], "1");
    let took = begin.elapsed();
    assert!(took <= Duration::from_millis(9_600), "{took:?}");
}

#[tokio::test]
async fn no_path_segment_becomes_a_header() {
    for value in ["a", "a%0d%0aset-cookie:%20b=c", "%E2%80%A8", "a%0Ab"] {
        let answer = handler().handle_event(&get(&format!("/open/{value}"))).await;
        assert!(answer["statusCode"].as_u64().unwrap() < 500);
        assert!(answer["headers"].get("set-cookie").is_none());
        assert!(answer["headers"].get("location").is_none());
        assert!(answer["cookies"].as_array().is_none_or(Vec::is_empty));
    }
}

#[tokio::test]
async fn an_idempotency_key_is_1_to_255_printable_characters() {
    let keyed = |key: &str| {
        let mut event = event("PATCH", ONE, "", None);
        event["headers"]["idempotency-key"] = json!(key);
        event
    };
    assert_eq!(status(&keyed("a key")).await, 200);
    assert_eq!(status(&keyed(&"k".repeat(255))).await, 200);
    for wrong in ["", &"k".repeat(256), "tab\there", "é"] {
        assert_eq!(status(&keyed(wrong)).await, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_hash_of_a_request_changes_with_each_of_its_parts() {
    let mut hashes = BTreeSet::new();
    for event in [
        event("PATCH", ONE, "", Some("{}")),
        event("PATCH", ONE, "", Some(r#"{"a": 1}"#)),
        event("PATCH", ONE, "a=b", Some("{}")),
        event("GET", ONE, "", Some("{}")),
        event("PATCH", "/ecc/v1/subscriptions/iccid:1", "", Some("{}")),
    ] {
        let answer = handler().handle_event(&event).await;
        hashes.insert(body(&answer)["hash"].as_str().unwrap().to_owned());
    }
    assert_eq!(hashes.len(), 5);
    assert!(hashes.iter().all(|hash| hash.len() == 64));
}

#[tokio::test]
async fn an_answer_without_a_body_has_none() {
    let answer = handler().handle_event(&event("DELETE", &format!("{ONE}/tags/a"), "", None)).await;
    assert_eq!(answer["statusCode"], 204);
    assert_eq!(answer["body"].as_str().unwrap_or_default(), "");
}
