//! Whatever comes in, nothing panics, no process ends, and no answer blames the server.

use domain::identity::Role;
use fastrand::Rng;
use harness::{
    Call, Credentials, Setup, TestApp,
    cloud::{SWEEPER, WORKER},
};
use serde_json::{Value, json};
use testkit::numbers;

use crate::tier;

/// Inputs of the short tier, which reach every answer there is.
const ENOUGH: usize = 4_000;
const ALL: &str = "/ecc/v1/subscriptions";

/// Values that have broken something somewhere.
fn odd(chance: &mut Rng) -> Value {
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
    all[chance.usize(0..all.len())].clone()
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

fn body(chance: &mut Rng) -> Vec<u8> {
    // Some are right, so that there is something to change and to collide with.
    match chance.u32(0..8) {
        0 => return json!({ "iccid": numbers::iccid(chance.u64(0..100)) }).to_string().into(),
        1 => return json!({ "blocked": chance.bool() }).to_string().into(),
        2 => return json!({ "services": [{ "id": "SMS" }] }).to_string().into(),
        _ => {}
    }
    let mut object = json!({});
    for _ in 0..chance.usize(0..5) {
        let name = NAMES[chance.usize(0..NAMES.len())];
        object[name] = match chance.u32(0..4) {
            0 => json!(numbers::iccid(chance.u64(0..100))),
            1 => json!([odd(chance), { "id": "SMS", "limit": odd(chance) }]),
            _ => odd(chance),
        };
    }
    mutated(object.to_string().into_bytes(), chance)
}

/// Bytes changed, doubled, taken out, cut off; most texts stay as they are.
fn mutated(mut bytes: Vec<u8>, chance: &mut Rng) -> Vec<u8> {
    for _ in 0..[0, 0, 1, 2, 8][chance.usize(0..5)] {
        if bytes.is_empty() {
            break;
        }
        let at = chance.usize(0..bytes.len());
        match chance.u32(0..5) {
            0 => bytes[at] = chance.u8(..),
            1 => bytes[at] = b"\"{}[],:\\0 "[chance.usize(0..10)],
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, bytes[at]),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// Mostly one that the path has.
fn method(path: &str, chance: &mut Rng) -> &'static str {
    let methods: &[_] = match path.split('/').count() {
        _ if chance.u32(0..6) == 0 => &["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS"],
        4 => &["GET", "POST", "POST"],
        5 => &["GET", "PATCH", "PATCH", "DELETE"],
        6 => &["POST"],
        _ => &["PATCH", "DELETE", "POST"],
    };
    methods[chance.usize(0..methods.len())]
}

fn call(chance: &mut Rng, client: &Credentials) -> Call {
    let paths = [
        ALL.to_owned(),
        ALL.to_owned(),
        format!("{ALL}?limit={}&cursor=a&tag=%00", chance.i32(..)),
        format!("{ALL}/iccid:{}", numbers::iccid(chance.u64(0..100))),
        format!("{ALL}/msisdn:{}", chance.u64(..)),
        format!("{ALL}/imsi:%ff"),
        format!("{ALL}/iccid:{}/services", numbers::iccid(chance.u64(0..100))),
        format!("{ALL}/iccid:{}/services/SMS", numbers::iccid(chance.u64(0..100))),
        format!("{ALL}/iccid:{}/services/SMS/{}", numbers::iccid(1), chance.i64(..)),
        format!("{ALL}/iccid:{}/tags/%23%00", numbers::iccid(chance.u64(0..100))),
        format!("/ecc/v1/orders/{}", chance.u64(..)),
        "/ecc/v1/orders/%2e%2e".to_owned(),
        "/ecc/v1/services".to_owned(),
        "/ecc/v1/%2e%2e/admin".to_owned(),
    ];
    let path = &paths[chance.usize(0..paths.len())];
    let call = Call::new(method(path, chance), path.as_str());
    let media = ["application/json", "application/json; charset=utf-8", "text/plain", ""];
    let call = call.bytes(media[chance.usize(0..12).saturating_sub(8)], body(chance)).by(client);
    match chance.u32(0..4) {
        0 => call.header("idempotency-key", format!("k{}", chance.u32(0..50))),
        _ => call,
    }
}

#[tokio::test]
async fn no_call_and_no_gateway_event_is_answered_by_a_server_error() {
    let mut chance = tier::chance();
    let api = TestApp::new().await;
    // Calls may create batches, which are never worked on.
    api.allow_leftovers();
    let client = api.client("one", "one", Role::Ecc).await;
    let mut statuses = std::collections::BTreeMap::new();
    let rounds = tier::rounds(ENOUGH);
    for round in 0..rounds {
        let call = call(&mut chance, &client);
        let shown =
            format!("{} {} {:?}", call.method, call.path, String::from_utf8_lossy(&call.body));
        let (function, event) = api.event(call);
        let text = event.to_string();
        // Every other event is broken itself, not only what is in it.
        let text = match round % 2 {
            0 => text,
            _ => String::from_utf8_lossy(&mutated(text.into_bytes(), &mut chance)).into_owned(),
        };
        let answer = api.invoke(&function, &text).await;
        assert!((200..500).contains(&answer.status), "{} to {shown}\n{text}", answer.status);
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    eprintln!("{statuses:?}");
    let reached = [200, 202, 400, 401, 404, 405, 409, 415].iter().all(|s| statuses.contains_key(s));
    assert!(reached || rounds < ENOUGH, "the fuzzer reaches too little: {statuses:?}");
}

fn record(chance: &mut Rng) -> Value {
    let id = chance.u64(0..9_007_199_254_740_993).to_string();
    let message = json!({ "orderId": id, "revision": chance.u64(..), "correlationId": "c" });
    let text = String::from_utf8_lossy(&mutated(message.to_string().into_bytes(), chance)).into();
    json!({
        "messageId": format!("m{}", chance.u64(..)),
        "receiptHandle": "", "body": Value::String(text),
        "attributes": { "ApproximateReceiveCount": odd(chance).to_string() },
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:Q", "awsRegion": "us-east-1",
    })
}

fn change(chance: &mut Rng) -> Value {
    let kind = ["ecc", "other", ""][chance.usize(0..3)];
    let image = json!({
        "pk": { "S": format!("ORDER#{}", chance.u32(..)) }, "sk": { "S": "ORDER" },
        "kind": { "S": kind },
        "status": { "S": "PROVISIONING" }, "revision": { "N": odd(chance).to_string() },
        "correlationId": odd(chance),
    });
    json!({
        "eventID": "1", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1", "dynamodb": {
            "Keys": { "pk": { "S": "ORDER#1" }, "sk": { "S": "ORDER" } }, "NewImage": image,
            "OldImage": image, "SequenceNumber": chance.u32(..).to_string(),
            "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES",
            "ApproximateCreationDateTime": 1,
        },
    })
}

#[tokio::test]
async fn no_event_ends_the_process_of_a_worker_the_relay_or_the_sweeper() {
    let mut chance = tier::chance();
    let cloud = Setup::new().start().await;
    for function in [WORKER, "outbox-relay", SWEEPER] {
        cloud.invoke(function, r#"{"Records":[]}"#).await;
        let before = cloud.instances(function).await;
        let count = tier::rounds(300).div_ceil(if function == SWEEPER { 10 } else { 1 });
        for _ in 0..count {
            let event = match function {
                "outbox-relay" => json!({ "Records": [change(&mut chance)] }),
                _ => json!({ "Records": [record(&mut chance), record(&mut chance)] }),
            };
            let event = mutated(event.to_string().into_bytes(), &mut chance);
            let (status, answer) = cloud.invoke(function, event.clone()).await;
            let shown = String::from_utf8_lossy(&event).into_owned();
            assert!(status == 200 || status == 502, "{status} {answer}: {shown}");
            assert!(!answer.contains("exited"), "{function} exited: {shown}");
        }
        let after = cloud.instances(function).await;
        assert!(
            before.iter().all(|(pid, _)| after.iter().any(|(now, _)| now == pid)),
            "{function}"
        );
        assert!(!cloud.log(function).contains("panicked"), "{function}");
    }
    cloud.finish(&[]).await;
}
