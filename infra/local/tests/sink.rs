//! The webhook sink: what it remembers, verifies, and does on demand.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use domain::{
    clock::Clock,
    webhook::{Endpoint, EndpointId, Health, Patterns, Payload, Secret, Secrets},
};
use orderwire_local::sink::{Sink, router};
use serde_json::{Value, json};
use store::DynamoEndpoints;
use testkit::{FixedClock, FixedRandom, TestTable};
use time::OffsetDateTime;

struct Scene {
    base: String,
    http: reqwest::Client,
    secret: Secret,
    _db: TestTable,
}

async fn scene() -> Scene {
    let db = TestTable::create().await;
    let endpoints = DynamoEndpoints::new(db.table.clone());
    let (clock, random) = (FixedClock::default(), FixedRandom::default());
    let secret = Secret::new(&random);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let endpoint = Endpoint {
        id: EndpointId::new(clock.now(), &random),
        tenant: "demo-1".parse().unwrap(),
        url: format!("{base}/hook").parse().unwrap(),
        events: Patterns::parse("/events", ["*"]).unwrap(),
        secrets: Secrets::new(secret.clone()),
        health: Health::default(),
        created_at: clock.now(),
        revision: 1,
    };
    endpoints.add(&endpoint).await.unwrap();
    let sink = Sink::new(endpoints, vec!["demo-1".parse().unwrap()]);
    tokio::spawn(async move { axum::serve(listener, router(sink)).await });
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(std::time::Duration::from_secs(1))
        .build()
        .unwrap();
    Scene { base, http, secret, _db: db }
}

impl Scene {
    async fn post(&self, path: &str, secret: &Secret) -> Option<u16> {
        let now = OffsetDateTime::now_utc();
        let payload = Payload::test(&"we_1".parse().unwrap(), 7, now);
        let body = payload.to_body();
        let secrets = Secrets::new(secret.clone());
        let headers = webhooks::headers(payload.id(), now, body.as_bytes(), &secrets);
        let url = format!("{}{path}", self.base);
        let sent = self.http.post(url).headers(headers).body(body).send().await;
        sent.ok().map(|answer| answer.status().as_u16())
    }

    async fn received(&self) -> Vec<Value> {
        let answer = self.http.get(format!("{}/received", self.base)).send().await.unwrap();
        answer.json().await.unwrap()
    }

    async fn misbehave(&self, fault: Value) {
        let put = self.http.put(format!("{}/faults", self.base)).json(&fault);
        assert!(put.send().await.unwrap().status().is_success());
    }
}

#[tokio::test]
async fn a_signature_is_verified_with_the_secret_of_the_endpoint_at_that_path() {
    let scene = scene().await;
    let stranger = Secret::from_bytes(vec![7; 32]).unwrap();
    assert_eq!(scene.post("/hook", &scene.secret).await, Some(204));
    assert_eq!(scene.post("/hook", &stranger).await, Some(204));
    assert_eq!(scene.post("/elsewhere", &scene.secret).await, Some(204));
    let received = scene.received().await;
    let verified: Vec<_> = received.iter().map(|message| &message["verified"]).collect();
    assert_eq!(verified, [&json!(true), &json!(false), &json!(null)]);
    let repeated: Vec<_> = received.iter().map(|message| &message["repeated"]).collect();
    assert_eq!(repeated, [&json!(false), &json!(true), &json!(false)], "to each path apart");
    assert_eq!(received[0]["body"]["type"], "webhook.test");
    scene.http.delete(format!("{}/received", scene.base)).send().await.unwrap();
    assert!(scene.received().await.is_empty());
}

#[tokio::test]
async fn it_misbehaves_as_often_as_it_was_told_to() {
    let scene = scene().await;
    scene.misbehave(json!({ "mode": { "kind": "status", "status": 410 }, "times": 1 })).await;
    assert_eq!(scene.post("/hook", &scene.secret).await, Some(410));
    assert_eq!(scene.post("/hook", &scene.secret).await, Some(204));
    for kind in ["hang", "close"] {
        scene.misbehave(json!({ "mode": { "kind": kind } })).await;
        assert_eq!(scene.post("/hook", &scene.secret).await, None, "{kind}");
    }
    scene.http.delete(format!("{}/faults", scene.base)).send().await.unwrap();
    assert_eq!(scene.post("/hook", &scene.secret).await, Some(204));
}
