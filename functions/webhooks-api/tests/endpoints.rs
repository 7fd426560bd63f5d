//! The function in process: event in, answer out, on a real engine.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::{
    sync::{Arc, Mutex},
    time::Duration as StdDuration,
};

use api::{
    HttpHandler,
    identity::{Callers, TokenTerms},
};
use domain::{clock::Clock, identity::Role, webhook::Outcome};
use lambda::message::DeliveryMessage;
use serde_json::{Value, json};
use store::{DynamoClients, DynamoEndpoints};
use testkit::{Call, FixedClock, FixedRandom, Response, TestTable, clients::PEPPER};
use time::Duration;
use webhooks_api::{Config, WebhooksApi};

type Sent = Arc<Mutex<Vec<String>>>;

struct Scene<A: api::Api> {
    db: TestTable,
    sent: Sent,
    function: HttpHandler<A, DynamoClients>,
}

async fn scene() -> Scene<impl api::Api> {
    let db = TestTable::create().await;
    db.client("alice", "a", &[Role::Ecc], &[]).await;
    db.client("anna", "a", &[Role::Reseller], &[]).await;
    db.client("bob", "b", &[Role::Buyer], &[]).await;
    let sent = Sent::default();
    let into = sent.clone();
    let queue = move |messages: Vec<(String, StdDuration)>| {
        into.lock().unwrap().extend(messages.into_iter().map(|(body, _)| body));
        async { true }
    };
    let mut env = lambda::config::Environment::of([("PEPPER", PEPPER)]);
    let config = Config {
        table: String::new(),
        callers: Callers::new(env.secret("PEPPER", 32), TokenTerms::default()),
        deliveries: String::new(),
        watchdog: Duration::minutes(5),
    };
    let api = WebhooksApi::new(db.table.clone(), queue, &config)
        .with(Arc::new(FixedClock::default()), Arc::new(FixedRandom::default()));
    let function = db.handler(api);
    Scene { db, sent, function }
}

impl<A: api::Api> Scene<A> {
    async fn send(&self, call: Call, by: &str) -> Response {
        call.as_client(by).to(&self.function).await
    }

    /// An endpoint at a public address: no name has to be looked up.
    async fn created(&self, by: &str) -> Value {
        let body = json!({ "url": "https://1.1.1.1/hook", "events": ["order.*"] });
        let answer = self.send(Call::new("POST", "/webhooks").json(&body), by).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(
            answer.header("location"),
            format!("/webhooks/{}", answer.body["id"].as_str().unwrap())
        );
        answer.body
    }
}

#[tokio::test]
async fn the_secret_is_shown_when_it_is_made_and_never_again() {
    let scene = scene().await;
    let created = scene.created("alice").await;
    assert!(created["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!((&created["status"], &created["events"]), (&json!("ENABLED"), &json!(["order.*"])));
    let one = format!("/webhooks/{}", created["id"].as_str().unwrap());
    let read = scene.send(Call::new("GET", &one), "anna").await;
    assert_eq!(read.status, 200, "another client of the same tenant sees it");
    let list = scene.send(Call::new("GET", "/webhooks"), "alice").await;
    assert_eq!(list.body["webhooks"], json!([read.body]));
    assert!(!list.body.to_string().contains("whsec_"));
    let rotated = scene.send(Call::new("POST", format!("{one}/rotate-secret")), "alice").await;
    assert_eq!(rotated.status, 200);
    assert_ne!(rotated.body["secret"], created["secret"]);
    assert_eq!(rotated.body["previousSecretUntil"], "2026-11-22T12:00:00Z");
}

#[tokio::test]
async fn an_endpoint_of_another_tenant_does_not_exist() {
    let scene = scene().await;
    let id = scene.created("alice").await["id"].as_str().unwrap().to_owned();
    let one = format!("/webhooks/{id}");
    for (method, path) in [
        ("GET", one.clone()),
        ("PATCH", one.clone()),
        ("DELETE", one.clone()),
        ("POST", format!("{one}/test")),
        ("POST", format!("{one}/rotate-secret")),
        ("POST", format!("{one}/enable")),
        ("GET", format!("{one}/deliveries")),
        ("POST", format!("{one}/deliveries/msg_1/replay")),
    ] {
        let call = |path: &str| match method {
            "PATCH" => Call::new(method, path).json(&json!({ "events": ["*"] })),
            _ => Call::new(method, path),
        };
        let foreign = scene.send(call(&path), "bob").await;
        let unknown = path.replace(&id, "we_0");
        let unknown = scene.send(call(&unknown), "bob").await;
        assert_eq!((foreign.status, &foreign.body), (404, &unknown.body), "{method} {path}");
        assert_eq!(foreign.header("content-type"), "application/problem+json");
    }
    assert_eq!(scene.send(Call::new("GET", "/webhooks"), "bob").await.body["webhooks"], json!([]));
}

#[tokio::test]
async fn a_url_that_must_not_be_called_is_refused_with_its_reason() {
    let scene = scene().await;
    for url in [
        "http://1.1.1.1/hook",
        "https://127.0.0.1/hook",
        "http://127.0.0.1:9001/2018-06-01/runtime",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://user:secret@example.com/",
        "https://2130706433/",
        "https://example.com:22/",
    ] {
        let body = json!({ "url": url, "events": ["*"] });
        let answer = scene.send(Call::new("POST", "/webhooks").json(&body), "alice").await;
        assert_eq!((answer.status, answer.pointers()), (400, vec!["/url"]), "{url}");
    }
    let body = json!({ "url": 1, "events": ["order.*", "oder.*"], "secret": "whsec_mine" });
    let answer = scene.send(Call::new("POST", "/webhooks").json(&body), "alice").await;
    let mut pointers = answer.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/events/1", "/secret", "/url"]);
}

#[tokio::test]
async fn a_tenant_has_at_most_ten_endpoints() {
    let scene = scene().await;
    for _ in 0..10 {
        scene.created("alice").await;
    }
    let body = json!({ "url": "https://1.1.1.1/hook", "events": ["*"] });
    let answer = scene.send(Call::new("POST", "/webhooks").json(&body), "anna").await;
    assert_eq!((answer.status, answer.code()), (409, "TOO_MANY_WEBHOOKS"));
    scene.created("bob").await;
}

#[tokio::test]
async fn a_test_is_sent_listed_and_replayed() {
    let scene = scene().await;
    let id = scene.created("alice").await["id"].as_str().unwrap().to_owned();
    let one = format!("/webhooks/{id}");
    let test = scene.send(Call::new("POST", format!("{one}/test")), "alice").await;
    assert_eq!((test.status, &test.body["type"]), (202, &json!("webhook.test")));
    let list = scene.send(Call::new("GET", format!("{one}/deliveries?limit=1")), "alice").await;
    assert_eq!(list.body["deliveries"], json!([test.body]));
    let delivery = test.body["id"].as_str().unwrap();
    let replay = format!("{one}/deliveries/{delivery}/replay");
    let replayed = scene.send(Call::new("POST", &replay), "alice").await;
    assert_eq!((replayed.status, &replayed.body["id"]), (202, &test.body["id"]));
    let sent: Vec<DeliveryMessage> = std::mem::take(&mut *scene.sent.lock().unwrap())
        .iter()
        .map(|body| serde_json::from_str(body).unwrap())
        .collect();
    let rounds: Vec<_> = sent.iter().map(|message| message.round).collect();
    assert_eq!(rounds, [1, 2]);
    let absent = scene.send(Call::new("POST", replay.replace(delivery, "msg_0")), "alice").await;
    assert_eq!(absent.status, 404);
}

#[tokio::test]
async fn a_disabled_endpoint_says_why_and_can_be_enabled_again() {
    let scene = scene().await;
    let id = scene.created("alice").await["id"].as_str().unwrap().to_owned();
    let one = format!("/webhooks/{id}");
    let now = time::OffsetDateTime::now_utc();
    DynamoEndpoints::new(scene.db.table.clone())
        .attempted(
            &"a".parse().unwrap(),
            &id.parse().unwrap(),
            (&Outcome::Gone, Duration::ZERO),
            now,
            now,
        )
        .await
        .unwrap();
    let read = scene.send(Call::new("GET", &one), "alice").await.body;
    assert_eq!((&read["status"], &read["disabledReason"]), (&json!("DISABLED"), &json!("gone")));
    let test = scene.send(Call::new("POST", format!("{one}/test")), "alice").await;
    assert_eq!((test.status, test.code()), (409, "ENDPOINT_DISABLED"));
    let enabled = scene.send(Call::new("POST", format!("{one}/enable")), "alice").await;
    assert_eq!((enabled.status, &enabled.body["status"]), (200, &json!("ENABLED")));
    assert_eq!(scene.send(Call::new("DELETE", &one), "alice").await.status, 204);
    assert_eq!(scene.send(Call::new("DELETE", &one), "alice").await.status, 404);
}

#[tokio::test]
async fn url_and_events_can_be_changed_and_everything_else_stays() {
    let scene = scene().await;
    let created = scene.created("alice").await;
    let one = format!("/webhooks/{}", created["id"].as_str().unwrap());
    let patch = async |body: Value| scene.send(Call::new("PATCH", &one).json(&body), "anna").await;
    let changed = patch(json!({ "events": ["order.completed"] })).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.body["events"], json!(["order.completed"]));
    assert_eq!(changed.body["url"], created["url"]);
    assert!(!changed.body.to_string().contains("whsec_"));
    let changed = patch(json!({ "url": "https://1.0.0.1/other" })).await;
    assert_eq!(changed.body["url"], "https://1.0.0.1/other");
    let read = scene.send(Call::new("GET", &one), "alice").await;
    assert_eq!(read.body, changed.body);
    assert_eq!(read.body["createdAt"], created["createdAt"]);
    assert_eq!(patch(json!({})).await.body, read.body, "nothing to change");
    let endpoints = DynamoEndpoints::new(scene.db.table.clone());
    let stored = endpoints.all(&"a".parse().unwrap()).await.unwrap();
    assert_eq!(stored[0].secrets.current.reveal(), created["secret"].as_str().unwrap());
}

#[tokio::test]
async fn a_change_is_checked_as_a_new_endpoint_is() {
    let scene = scene().await;
    let id = scene.created("alice").await["id"].as_str().unwrap().to_owned();
    let one = format!("/webhooks/{id}");
    let before = scene.send(Call::new("GET", &one), "alice").await.body;
    for (body, pointers) in [
        (json!({ "url": "http://1.1.1.1/hook" }), vec!["/url"]),
        (json!({ "url": "https://127.0.0.1/hook" }), vec!["/url"]),
        (json!({ "url": null }), vec!["/url"]),
        (json!({ "events": [] }), vec!["/events"]),
        (json!({ "events": ["oder.*"] }), vec!["/events/0"]),
        (json!({ "events": null }), vec!["/events"]),
        (json!({ "secret": "whsec_mine" }), vec!["/secret"]),
        (json!({ "status": "DISABLED", "tenant": "b" }), vec!["/status", "/tenant"]),
    ] {
        let answer = scene.send(Call::new("PATCH", &one).json(&body), "alice").await;
        let mut found = answer.pointers();
        found.sort_unstable();
        assert_eq!((answer.status, found), (400, pointers), "{body}");
    }
    assert_eq!(scene.send(Call::new("GET", &one), "alice").await.body, before);
}

#[tokio::test]
async fn a_change_under_if_match_is_made_only_when_the_endpoint_is_as_it_was_seen() {
    let scene = scene().await;
    let id = scene.created("alice").await["id"].as_str().unwrap().to_owned();
    let one = format!("/webhooks/{id}");
    let seen = scene.send(Call::new("GET", &one), "alice").await.header("etag").to_owned();
    let patch = async |tags: &str| {
        let call = Call::new("PATCH", &one).json(&json!({ "events": ["*"] }));
        scene.send(call.header("if-match", tags), "alice").await
    };
    assert_eq!(patch(&format!("W/{seen}")).await.status, 412, "a weak tag names nothing");
    let changed = patch(&format!("\"other\", {seen}")).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let stale = patch(&seen).await;
    assert_eq!((stale.status, stale.code()), (412, "PRECONDITION_FAILED"));
    assert_eq!(patch(changed.header("etag")).await.status, 200);
    assert_eq!(patch("*").await.status, 200);
}

#[tokio::test]
async fn every_rotation_keeps_what_was_promised_and_the_ninth_within_a_day_is_refused() {
    let scene = scene().await;
    let created = scene.created("alice").await;
    let rotate = format!("/webhooks/{}/rotate-secret", created["id"].as_str().unwrap());
    let mut shown = vec![created["secret"].as_str().unwrap().to_owned()];
    for _ in 0..8 {
        let rotated = scene.send(Call::new("POST", &rotate), "alice").await;
        assert_eq!(rotated.status, 200, "{rotated:?}");
        shown.push(rotated.body["secret"].as_str().unwrap().to_owned());
    }
    let refused = scene.send(Call::new("POST", &rotate), "alice").await;
    assert_eq!((refused.status, refused.code()), (409, "TOO_MANY_ROTATIONS"));
    let endpoints = DynamoEndpoints::new(scene.db.table.clone());
    let stored = endpoints.all(&"a".parse().unwrap()).await.unwrap().swap_remove(0);
    let now = FixedClock::default().now();
    let mut signing: Vec<_> = stored.secrets.valid_at(now).map(|one| one.reveal()).collect();
    signing.reverse();
    assert_eq!(signing, shown, "every secret that was shown signs");
}

#[tokio::test]
async fn every_post_is_executed_once_under_its_key() {
    let scene = scene().await;
    let keyed = |path: &str, key: &str| Call::new("POST", path).header("idempotency-key", key);
    let body = json!({ "url": "https://1.1.1.1/hook", "events": ["order.*"] });
    let create = || scene.send(keyed("/webhooks", "create").json(&body), "alice");
    let (first, parallel) = futures::join!(create(), create());
    assert_eq!((first.status, &first.body), (201, &parallel.body), "{first:?}");
    for header in ["location", "etag"] {
        assert!(!first.header(header).is_empty(), "{header}");
        assert_eq!(first.header(header), parallel.header(header), "{header}");
    }
    let list = scene.send(Call::new("GET", "/webhooks"), "alice").await;
    assert_eq!(list.body["webhooks"].as_array().unwrap().len(), 1);
    let one = format!("/webhooks/{}", first.body["id"].as_str().unwrap());
    let test = scene.send(keyed(&format!("{one}/test"), "test"), "alice").await;
    let replay = format!("{one}/deliveries/{}/replay", test.body["id"].as_str().unwrap());
    for (path, status) in [
        (format!("{one}/test"), 202),
        (format!("{one}/rotate-secret"), 200),
        (format!("{one}/enable"), 200),
        (replay, 202),
    ] {
        let first = scene.send(keyed(&path, &path), "alice").await;
        let sent = scene.sent.lock().unwrap().len();
        let read = scene.send(Call::new("GET", &one), "alice").await;
        let again = scene.send(keyed(&path, &path), "alice").await;
        assert_eq!((first.status, again.status), (status, status), "{path}: {again:?}");
        assert_eq!(again.body, first.body, "{path}");
        assert_eq!(again.header("idempotency-replayed"), "true", "{path}");
        assert_eq!(scene.sent.lock().unwrap().len(), sent, "{path}: nothing is sent again");
        let unchanged = scene.send(Call::new("GET", &one), "alice").await;
        assert_eq!(unchanged.header("etag"), read.header("etag"), "{path}");
        let other = scene.send(keyed("/webhooks", &path).json(&body), "alice").await;
        assert_eq!((other.status, other.code()), (422, "IDEMPOTENCY_KEY_REUSED"));
    }
    let bob = scene.send(keyed("/webhooks", "create").json(&body), "bob").await;
    assert_eq!((bob.status, bob.header("idempotency-replayed")), (201, ""));
}

#[tokio::test]
async fn a_rotation_whose_response_was_lost_gives_the_same_secret_again() {
    let scene = scene().await;
    let id = scene.created("alice").await["id"].as_str().unwrap().to_owned();
    let path = format!("/webhooks/{id}/rotate-secret");
    let rotate = || Call::new("POST", &path).header("idempotency-key", "rotation");
    let lost = scene.send(rotate(), "alice").await;
    let again = scene.send(rotate(), "anna").await;
    assert_eq!((again.status, &again.body["secret"]), (200, &lost.body["secret"]));
    let stored = DynamoEndpoints::new(scene.db.table.clone());
    let stored = stored.find(&"a".parse().unwrap(), &id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(json!(stored.secrets.current.reveal()), again.body["secret"]);
}

#[tokio::test]
async fn a_deletion_stores_its_response_in_its_own_transaction() {
    let scene = scene().await;
    let id = scene.created("alice").await["id"].as_str().unwrap().to_owned();
    let path = format!("/webhooks/{id}");
    let delete = |key: &str| Call::new("DELETE", &path).header("idempotency-key", key);
    scene.db.proxy.take_calls();
    let first = scene.send(delete("end"), "alice").await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (204, ""));
    // With a write of its own for the response, whoever died in between would be told 404.
    let writes = scene.db.proxy.take_calls().into_iter().filter(|call| call != "GetItem");
    assert_eq!(writes.collect::<Vec<_>>(), ["Query", "TransactWriteItems"]);
    let again = scene.send(delete("end"), "alice").await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (204, "true"));
    let other = scene.send(delete("other"), "alice").await;
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn a_patch_is_executed_once_under_its_key() {
    let scene = scene().await;
    let id = scene.created("alice").await["id"].as_str().unwrap().to_owned();
    let one = format!("/webhooks/{id}");
    let seen = scene.send(Call::new("GET", &one), "alice").await.header("etag").to_owned();
    let patch = |key: &str, tags: &str| {
        let call = Call::new("PATCH", &one).header("idempotency-key", key);
        scene.send(call.header("if-match", tags).json(&json!({ "events": ["*"] })), "alice")
    };
    // The first change makes the tag stale: a repetition is no failed precondition.
    for replayed in ["", "true"] {
        let answer = patch("seen", &seen).await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (200, replayed));
    }
    let (first, parallel) = futures::join!(patch("any", "*"), patch("any", "*"));
    assert_eq!((first.status, &first.body), (200, &parallel.body), "{first:?}");
    assert_eq!(first.header("etag"), parallel.header("etag"));
    let read = scene.send(Call::new("GET", &one), "alice").await;
    assert_eq!(read.header("etag"), first.header("etag"), "it is changed once");
}
