//! The function in process: event in, answer out, on a real engine.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::{
    sync::{Arc, Mutex},
    time::Duration as StdDuration,
};

use api::{HttpHandler, identity::TokenTerms};
use batches_api::{BatchesApi, Config};
use domain::identity::Role;
use ecc::Callers;
use lambda::message::BatchMessage;
use serde_json::{Value, json};
use store::{DynamoClients, OrderRate, Table};
use testkit::{Call, FixedClock, Response, TestTable, clients::PEPPER};

const ONE: &str = "/subscriptions/msisdn:46708421488";

struct Scene<A: api::Api> {
    sent: Arc<Mutex<Vec<String>>>,
    function: HttpHandler<A, DynamoClients>,
    db: TestTable,
    clock: FixedClock,
}

async fn scene() -> Scene<impl api::Api> {
    let db = TestTable::create().await;
    db.client("alice", "a", &[Role::Ecc], &[]).await;
    db.client("bob", "b", &[Role::Ecc], &[]).await;
    let table = db.table.clone();
    process(db, table)
}

/// A process over this table.
fn process(db: TestTable, table: Table) -> Scene<impl api::Api> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let into = sent.clone();
    let queue = move |messages: Vec<(String, StdDuration)>| {
        into.lock().unwrap().extend(messages.into_iter().map(|(body, _)| body));
        async { true }
    };
    let mut env = lambda::config::Environment::of([("PEPPER", PEPPER)]);
    let config = Config {
        table: String::new(),
        callers: Callers::new(env.secret("PEPPER", 32), TokenTerms::default()),
        batches: String::new(),
        watchdog: time::Duration::minutes(5),
    };
    let clock = FixedClock::default();
    let api = BatchesApi::new(table, queue, &config).with_clock(Arc::new(clock.clone()));
    Scene { sent, function: db.handler(api), db, clock }
}

impl<A: api::Api> Scene<A> {
    async fn post(&self, body: &Value) -> Response {
        let call = Call::new("POST", "/ecc/v1/batches").json(body);
        call.as_client("alice").to(&self.function).await
    }

    async fn get(&self, id: &str, by: &str) -> Response {
        let call = Call::new("GET", format!("/ecc/v1/batches/{id}"));
        call.as_client(by).to(&self.function).await
    }
}

#[tokio::test]
async fn a_batch_is_accepted_and_its_malformed_requests_are_rejected() {
    let scene = scene().await;
    let body = json!({ "type": "multi", "requests": [
        { "method": "PATCH", "resource": ONE, "body": { "blocked": true }, "requestid": "one" },
        { "method": "PATCH", "resource": ONE, "body": { "blocked": "yes" } },
        { "method": "DELETE", "resource": ONE },
        { "method": "POST", "resource": format!("{ONE}/tags/a") },
    ]});
    let answer = scene.post(&body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let id = answer.body["batchid"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("/ecc/v1/batches/{id}"));
    let statuses: Vec<_> = answer.body["requests"].as_array().unwrap().iter().collect();
    let statuses: Vec<_> = statuses.iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["APPROVED", "REJECTED", "REJECTED", "APPROVED"]);
    assert_eq!(answer.body["requests"][0]["requestid"], "one");
    assert_eq!(
        (&answer.body["status"], &answer.body["creationdate"]),
        (&json!("INITIALISING"), &json!("2026-11-21T12:00:00Z"))
    );
    assert_eq!(scene.get(&id, "alice").await.body, answer.body);
    assert_eq!(scene.get(&id, "bob").await.status, 404);
    assert_eq!(scene.get("no-uuid", "alice").await.status, 404);
    let sent = scene.sent.lock().unwrap().clone();
    let message: BatchMessage = serde_json::from_str(&sent[0]).unwrap();
    assert_eq!((message.batch_id.to_string(), message.index), (id, None));
}

#[tokio::test]
async fn a_single_batch_has_one_request_a_subscription() {
    let scene = scene().await;
    let request = |blocked: bool| json!({ "method": "PATCH", "resource": ONE, "body": { "blocked": blocked } });
    let answer = scene.post(&json!({ "requests": [request(true), request(false)] })).await;
    assert_eq!(answer.body["requests"][0]["status"], "APPROVED");
    assert_eq!(answer.body["requests"][1]["status"], "REJECTED");
}

#[tokio::test]
async fn a_batch_that_is_none_is_refused_with_every_fault() {
    let scene = scene().await;
    let answer = scene.post(&json!({ "type": "all", "requests": [{}], "x": 1 })).await;
    assert_eq!(answer.status, 400);
    let mut pointers = answer.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/requests/0/method", "/requests/0/resource", "/type", "/x"]);
    assert_eq!(scene.post(&json!({ "requests": [] })).await.pointers(), ["/requests"]);
    let request = json!({ "method": "POST", "resource": "/subscriptions" });
    let many = json!({ "requests": vec![request; 101] });
    assert_eq!(scene.post(&many).await.pointers(), ["/requests"]);
    assert!(scene.sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_same_key_again_is_the_same_batch_and_another_request_under_it_is_refused() {
    let scene = scene().await;
    let send = async |body: &Value, by: &str| {
        let call = Call::new("POST", "/ecc/v1/batches").json(body);
        call.header("idempotency-key", "mine").as_client(by).to(&scene.function).await
    };
    let body = json!({ "requests": [{ "method": "PATCH", "resource": ONE, "body": {} }] });
    let (one, two) = futures::join!(send(&body, "alice"), send(&body, "alice"));
    let again = send(&body, "alice").await;
    assert_eq!((one.status, two.status, again.status), (202, 202, 202));
    assert_eq!((&one.body, &two.body), (&again.body, &again.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), one.header("location"));
    assert_eq!(scene.sent.lock().unwrap().len(), 1, "one batch is worked on");
    let other = json!({ "requests": [{ "method": "POST", "resource": "/subscriptions" }] });
    let refused = send(&other, "alice").await;
    assert_eq!((refused.status, refused.code()), (422, "IDEMPOTENCY_KEY_REUSED"));
    let another = send(&body, "bob").await;
    assert_eq!(another.status, 202);
    assert_ne!(another.body["batchid"], one.body["batchid"]);
}

#[tokio::test]
async fn an_explanation_of_any_length_is_stored_and_read_back() {
    let scene = scene().await;
    // Some 30 bytes of explanation for 5 of the request.
    let members: serde_json::Map<_, _> =
        (0..25_000).map(|n| (format!("{n:x}"), json!(1))).collect();
    let body = json!({ "requests": [
        { "method": "PATCH", "resource": ONE, "body": members },
        { "method": "PATCH", "resource": ONE, "body": { "blocked": true } },
    ]});
    for key in [None, Some("mine"), Some("mine")] {
        let call = Call::new("POST", "/ecc/v1/batches").json(&body);
        let call = match key {
            Some(key) => call.header("idempotency-key", key),
            None => call,
        };
        let answer = call.as_client("alice").to(&scene.function).await;
        assert_eq!(answer.status, 202);
        let info = answer.body["requests"][0]["info"].as_str().unwrap();
        assert!((900..1_100).contains(&info.len()), "{} bytes", info.len());
        let id = answer.body["batchid"].as_str().unwrap();
        assert_eq!(scene.get(id, "alice").await.body, answer.body);
    }
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_before_anything_is() {
    let scene = scene().await;
    // Numbers that may grow when they are written: 5 bytes each here, and up to 19.
    let numbers = vec!["1e15"; 45_000].join(",");
    let body = format!(
        r#"{{"requests": [
            {{"method": "PATCH", "resource": "{ONE}", "body": {{"blocked": true}}}},
            {{"method": "PATCH", "resource": "{ONE}", "body": {{"x": [{numbers}]}}}}]}}"#
    );
    scene.db.proxy.take_calls();
    let call = Call::new("POST", "/ecc/v1/batches").bytes("application/json", &body);
    let answer = call.as_client("alice").to(&scene.function).await;
    let calls = scene.db.proxy.take_calls();
    let writes = calls.iter().filter(|call| *call == "PutItem").count();
    match answer.status {
        // The requests; the batch itself is put by the transaction that counts them.
        202 => assert_eq!(writes, 2),
        status => assert_eq!((status, answer.code(), writes), (413, "TOO_LARGE", 0)),
    }
}

#[tokio::test]
async fn a_batch_whose_time_is_over_does_not_exist_whatever_is_left_of_it() {
    let scene = scene().await;
    let request = json!({ "method": "PATCH", "resource": ONE, "body": { "blocked": true } });
    let answer = scene.post(&json!({ "type": "multi", "requests": [request, request] })).await;
    let id = answer.body["batchid"].as_str().unwrap();
    scene.clock.advance(time::Duration::days(60));
    assert_eq!(scene.get(id, "alice").await.status, 200);
    scene.clock.advance(time::Duration::SECOND);
    assert_eq!(scene.get(id, "alice").await.status, 404);
    // TTL deletes one item after the other.
    scene.db.delete((&format!("BATCH#{id}"), "REQUEST#000")).await;
    assert_eq!(scene.get(id, "alice").await.status, 404);
}

#[tokio::test]
async fn the_requests_of_a_batch_count_as_orders_of_its_tenant() {
    let db = TestTable::create().await;
    db.client("alice", "a", &[Role::Ecc], &[]).await;
    db.client("bob", "b", &[Role::Ecc], &[]).await;
    let rate = OrderRate { most: 5, window: time::Duration::seconds(10), block: 1 };
    let table = db.table.clone().with_order_rate(rate);
    let scene = process(db, table);
    let request = |n: u64| {
        json!({
            "method": "PATCH",
            "resource": format!("/subscriptions/msisdn:4670842148{n}"),
            "body": { "blocked": true },
        })
    };
    let body = json!({ "requests": [request(1), request(2), request(3)] });
    assert_eq!(scene.post(&body).await.status, 202);
    let refused = scene.post(&body).await;
    assert_eq!((refused.status, refused.code()), (429, "THROTTLED"));
    assert_eq!(refused.header("retry-after"), "10");
    assert_eq!(scene.sent.lock().unwrap().len(), 1);
    scene.db.proxy.take_calls();
    assert_eq!(scene.post(&body).await.status, 429);
    assert_eq!(scene.db.proxy.take_calls(), [""; 0], "known to the process");
    scene.clock.advance(time::Duration::seconds(10));
    assert_eq!(scene.post(&body).await.status, 202);
}
