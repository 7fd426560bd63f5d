//! Fuzzed input causes no panic, no end of a process, and no server error.

use std::time::Instant;

use domain::identity::Role;
use fastrand::Rng;
use harness::{
    Call, Credentials, Setup, TestApp,
    cloud::{SWEEPER, WORKER},
};
use serde_json::{Value, json};
use testkit::numbers;

use crate::{outcome::Outcome, tier};

/// Inputs of the short tier, enough to produce every expected status.
const SHORT_ROUNDS: usize = 4_000;
const ALL: &str = "/ecc/v1/subscriptions";

/// Values that often cause faults.
fn odd(rng: &mut Rng) -> Value {
    let all = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(9_007_199_254_740_993_u64),
        json!(""),
        json!("\u{0}"),
        json!("#"),
        json!("89461177710001700003F"),
        json!("+46708421488"),
        json!("\u{202e}\u{1F600}"),
        json!("a".repeat(5_000)),
        json!([]),
        json!({}),
        json!([[[[{ "a": [1] }]]]]),
        json!("2016-13-45T99:99:99Z"),
    ];
    all[rng.usize(0..all.len())].clone()
}

const NAMES: [&str; 16] = [
    "iccid",
    "msisdn",
    "imsi",
    "odb-profile",
    "blocked",
    "state",
    "static-ip",
    "apn-ids",
    "tags",
    "a2p-voice-app-key",
    "services",
    "limit",
    "forward-number",
    "mode",
    "pk",
    "status",
];

fn body(rng: &mut Rng) -> Vec<u8> {
    // Some are valid, so that there are subscriptions to change and to conflict with.
    match rng.u32(0..8) {
        0 => return json!({ "iccid": numbers::iccid(rng.u64(0..100)) }).to_string().into(),
        1 => return json!({ "blocked": rng.bool() }).to_string().into(),
        2 => return json!({ "services": [{ "id": "SMS" }] }).to_string().into(),
        _ => {}
    }
    let mut object = json!({});
    for _ in 0..rng.usize(0..5) {
        let name = NAMES[rng.usize(0..NAMES.len())];
        object[name] = match rng.u32(0..4) {
            0 => json!(numbers::iccid(rng.u64(0..100))),
            1 => json!([odd(rng), { "id": "SMS", "limit": odd(rng) }]),
            _ => odd(rng),
        };
    }
    mutated(object.to_string().into_bytes(), rng)
}

/// Changes, duplicates, removes or truncates bytes; leaves most texts unchanged.
fn mutated(mut bytes: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..[0, 0, 1, 2, 8][rng.usize(0..5)] {
        if bytes.is_empty() {
            break;
        }
        let at = rng.usize(0..bytes.len());
        match rng.u32(0..5) {
            0 => bytes[at] = rng.u8(..),
            1 => bytes[at] = b"\"{}[],:\\0 "[rng.usize(0..10)],
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, bytes[at]),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// A method, mostly one that the path supports.
fn method(path: &str, rng: &mut Rng) -> &'static str {
    let methods: &[_] = match path.split('/').count() {
        _ if rng.u32(0..6) == 0 => &["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"],
        4 => &["GET", "POST", "POST"],
        5 => &["GET", "PATCH", "PATCH", "DELETE"],
        6 => &["POST"],
        _ => &["PATCH", "DELETE", "POST"],
    };
    methods[rng.usize(0..methods.len())]
}

fn call(rng: &mut Rng, client: &Credentials) -> Call {
    let paths = [
        ALL.to_owned(),
        ALL.to_owned(),
        format!("{ALL}?limit={}&cursor=a&tag=%00", rng.i32(..)),
        format!("{ALL}/iccid:{}", numbers::iccid(rng.u64(0..100))),
        format!("{ALL}/msisdn:{}", rng.u64(..)),
        format!("{ALL}/imsi:%ff"),
        format!("{ALL}/iccid:{}/services", numbers::iccid(rng.u64(0..100))),
        format!("{ALL}/iccid:{}/services/SMS", numbers::iccid(rng.u64(0..100))),
        format!("{ALL}/iccid:{}/services/SMS/{}", numbers::iccid(1), rng.i64(..)),
        format!("{ALL}/iccid:{}/tags/%23%00", numbers::iccid(rng.u64(0..100))),
        format!("/ecc/v1/orders/{}", rng.u64(..)),
        "/ecc/v1/orders/%2e%2e".to_owned(),
        "/ecc/v1/services".to_owned(),
        "/ecc/v1/%2e%2e/admin".to_owned(),
    ];
    let path = &paths[rng.usize(0..paths.len())];
    let call = Call::new(method(path, rng), path.as_str());
    let media = ["application/json", "application/json; charset=utf-8", "text/plain", ""];
    let call = call.bytes(media[rng.usize(0..12).saturating_sub(8)], body(rng)).by(client);
    match rng.u32(0..4) {
        0 => call.header("idempotency-key", format!("k{}", rng.u32(0..50))),
        _ => call,
    }
}

#[tokio::test]
async fn no_call_and_no_gateway_event_is_answered_by_a_server_error() {
    let (mut rng, begin) = (tier::rng(), Instant::now());
    let api = TestApp::new().await;
    // Calls may create batches, which are never worked on.
    api.allow_leftovers();
    let client = api.client("one", "one", Role::Ecc).await;
    let mut statuses = std::collections::BTreeMap::new();
    let rounds = tier::rounds(SHORT_ROUNDS, 270_000);
    for round in 0..rounds {
        let call = call(&mut rng, &client);
        let shown =
            format!("{} {} {:?}", call.method, call.path, String::from_utf8_lossy(&call.body));
        let (function, event) = api.event(call);
        let text = event.to_string();
        // Every other event is itself malformed, not only its contents.
        let text = match round % 2 {
            0 => text,
            _ => String::from_utf8_lossy(&mutated(text.into_bytes(), &mut rng)).into_owned(),
        };
        let response = api.invoke(&function, &text).await;
        assert!((200..500).contains(&response.status), "{} to {shown}\n{text}", response.status);
        *statuses.entry(response.status).or_insert(0) += 1;
    }
    Outcome {
        test: "fuzz-gateway",
        what: "fuzz",
        workload: format!("{rounds} calls, responses {statuses:?}"),
        faults: "paths, headers, bodies; every other gateway event changed as a whole".to_owned(),
        violations: 0,
        took: begin.elapsed(),
    }
    .report();
    let reached = [200, 202, 400, 401, 404, 405, 409, 415].iter().all(|s| statuses.contains_key(s));
    assert!(reached || rounds < SHORT_ROUNDS, "too few statuses were produced: {statuses:?}");
}

fn record(rng: &mut Rng) -> Value {
    let id = rng.u64(0..9_007_199_254_740_993).to_string();
    let message = json!({ "orderId": id, "revision": rng.u64(..), "correlationId": "c" });
    let text = String::from_utf8_lossy(&mutated(message.to_string().into_bytes(), rng)).into();
    json!({
        "messageId": format!("m{}", rng.u64(..)),
        "receiptHandle": "", "body": Value::String(text),
        "attributes": { "ApproximateReceiveCount": odd(rng).to_string() },
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:Q", "awsRegion": "us-east-1",
    })
}

fn change(rng: &mut Rng) -> Value {
    let kind = ["ecc", "other", ""][rng.usize(0..3)];
    let image = json!({
        "pk": { "S": format!("ORDER#{}", rng.u32(..)) }, "sk": { "S": "ORDER" },
        "kind": { "S": kind },
        "status": { "S": "PROVISIONING" }, "revision": { "N": odd(rng).to_string() },
        "correlationId": odd(rng),
    });
    json!({
        "eventID": "1", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1", "dynamodb": {
            "Keys": { "pk": { "S": "ORDER#1" }, "sk": { "S": "ORDER" } }, "NewImage": image,
            "OldImage": image, "SequenceNumber": rng.u32(..).to_string(),
            "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES",
            "ApproximateCreationDateTime": 1,
        },
    })
}

#[tokio::test]
async fn no_event_ends_the_process_of_a_queue_or_stream_function() {
    let (mut rng, begin, mut inputs) = (tier::rng(), Instant::now(), 0);
    let cloud = Setup::new().start().await;
    for function in [WORKER, "outbox-relay", SWEEPER] {
        cloud.invoke(function, r#"{"Records":[]}"#).await;
        let before = cloud.instances(function).await;
        let count = tier::rounds(300, 14_000).div_ceil(if function == SWEEPER { 10 } else { 1 });
        inputs += count;
        for _ in 0..count {
            let event = match function {
                "outbox-relay" => json!({ "Records": [change(&mut rng)] }),
                _ => json!({ "Records": [record(&mut rng), record(&mut rng)] }),
            };
            let event = mutated(event.to_string().into_bytes(), &mut rng);
            let (status, response) = cloud.invoke(function, event.clone()).await;
            let shown = String::from_utf8_lossy(&event).into_owned();
            assert!(status == 200 || status == 502, "{status} {response}: {shown}");
            assert!(!response.contains("exited"), "{function} exited: {shown}");
        }
        let after = cloud.instances(function).await;
        assert!(
            before.iter().all(|(pid, _)| after.iter().any(|(now, _)| now == pid)),
            "{function}"
        );
        assert!(!cloud.log(function).contains("panicked"), "{function}");
    }
    cloud.finish(&[]).await;
    Outcome {
        test: "fuzz-events",
        what: "fuzz",
        workload: format!("{inputs} events of queue, stream and schedule"),
        faults: "records and whole events changed".to_owned(),
        violations: 0,
        took: begin.elapsed(),
    }
    .report();
}
