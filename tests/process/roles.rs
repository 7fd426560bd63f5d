//! Calls that functions rarely make, and that their roles have to allow (decision 140).

use domain::{identity::Role, network::NetworkAnswer};
use harness::{Credentials, TestApp};
use serde_json::{Value, json};
use testkit::{Call, numbers};

use crate::whole::{esim, reseller, stock, webhook};

const ALL: &str = "/ecc/v1/subscriptions";

fn one(n: u64) -> String {
    format!("imsi:{}", numbers::imsi(n))
}

/// A SIM with a number of each kind.
fn sim(n: u64) -> Value {
    let (iccid, msisdn, imsi) = (numbers::iccid(n), numbers::msisdn(n), numbers::imsi(n));
    json!({ "iccid": iccid, "msisdn": msisdn, "imsi": imsi })
}

async fn ecc(app: &TestApp) -> Credentials {
    app.client("one", "one", Role::Ecc).await
}

/// Sends a call twice with one key: the second gets the first one's response.
async fn repeated(app: &TestApp, key: &str, call: impl Fn() -> Call, status: u16) {
    for replayed in ["", "true"] {
        let answer = app.send(call().header("idempotency-key", key)).await;
        let found = (answer.status, answer.header("idempotency-replayed"));
        assert_eq!(found, (status, replayed), "{}", answer.text());
    }
}

#[tokio::test]
async fn an_imsi_is_claimed_and_freed_with_its_subscription_or_its_sim() {
    let app = TestApp::new().await;
    let client = ecc(&app).await;
    let send = async |call: Call, status: u16| {
        let answer = app.send(call.by(&client)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        app.drain().await;
    };
    send(Call::new("POST", ALL).json(&sim(1)), 202).await;
    let path = |n| format!("{ALL}/{}", one(n));
    send(Call::new("GET", path(1)), 200).await;
    // The identity in the old SIM goes with it.
    send(Call::new("PATCH", path(1)).json(&json!({ "iccid": numbers::iccid(2) })), 202).await;
    send(Call::new("GET", path(1)), 404).await;
    send(Call::new("POST", ALL).json(&sim(3)), 202).await;
    send(Call::new("DELETE", path(3)), 202).await;
    send(Call::new("GET", path(3)), 404).await;
}

#[tokio::test]
async fn a_batch_claims_and_finds_it_too() {
    let app = TestApp::new().await;
    let client = ecc(&app).await;
    let batch = async |requests: Value| {
        let body = json!({ "type": "multi", "requests": requests });
        let answer = app.send(Call::new("POST", "/ecc/v1/batches").json(&body).by(&client)).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        app.drain().await;
    };
    batch(json!([{ "method": "POST", "resource": "/subscriptions", "body": sim(1) }])).await;
    let resource = |n| format!("/subscriptions/{}", one(n));
    let tag = format!("{}/tags/a", resource(1));
    batch(json!([{ "method": "POST", "resource": tag }])).await;
    let found = app.send(Call::new("GET", format!("{ALL}/{}", one(1))).by(&client)).await;
    assert_eq!(found.status, 200, "{}", found.text());
}

#[tokio::test]
async fn every_api_repeats_the_response_of_a_key() {
    let app = TestApp::new().await;
    let client = ecc(&app).await;
    repeated(&app, "a", || Call::new("POST", ALL).json(&sim(1)).by(&client), 202).await;
    let change =
        json!({ "method": "POST", "resource": format!("/subscriptions/{}/tags/a", one(1)) });
    let batch = json!({ "requests": [change] });
    repeated(&app, "b", || Call::new("POST", "/ecc/v1/batches").json(&batch).by(&client), 202)
        .await;
    app.drain().await;
    let hook = json!({ "url": "https://1.1.1.1/hook", "events": ["*"] });
    let other = app.client("two", "two", Role::Ecc).await;
    repeated(&app, "c", || Call::new("POST", "/webhooks").json(&hook).by(&other), 201).await;
    app.drain().await;
}

#[tokio::test]
async fn an_endpoint_is_tested_read_rotated_and_deleted() {
    let app = TestApp::new().await;
    let client = ecc(&app).await;
    webhook(&app, &client).await;
    let listed = app.send(Call::new("GET", "/webhooks").by(&client)).await;
    let id = listed.body["webhooks"][0]["id"].as_str().unwrap_or_default().to_owned();
    assert!(!id.is_empty(), "{}", listed.text());
    for (method, path, status) in [
        ("POST", "/test", 202),
        ("GET", "/deliveries", 200),
        ("POST", "/rotate-secret", 200),
        ("POST", "/enable", 200),
        ("DELETE", "", 204),
    ] {
        let call = Call::new(method, format!("/webhooks/{id}{path}")).by(&client);
        let answer = app.send(call).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        app.drain().await;
    }
}

#[tokio::test]
async fn esim_orders_of_one_customer_follow_each_other() {
    let app = TestApp::new().await;
    let token = reseller(&app).await;
    stock(&app, 2).await;
    for _ in 0..2 {
        let path = esim(&app, &token).await;
        app.drain().await;
        let found = app.send(Call::new("GET", path).bearer(&token)).await;
        assert!(found.text().contains("COMPLETED"), "{}", found.text());
    }
}

#[tokio::test]
async fn a_creation_that_the_network_refuses_frees_what_it_claimed() {
    let app = TestApp::new().await;
    let client = ecc(&app).await;
    app.network.answer([NetworkAnswer::Refused { reason: "no such SIM".to_owned() }]);
    let placed = app.send(Call::new("POST", ALL).json(&sim(1)).by(&client)).await;
    assert_eq!(placed.status, 202, "{}", placed.text());
    app.drain().await;
    let again = app.send(Call::new("POST", ALL).json(&sim(1)).by(&client)).await;
    assert_eq!(again.status, 202, "{}", again.text());
    app.drain().await;
}

#[tokio::test]
async fn a_batch_is_published_to_a_feed_that_is_read() {
    let app = TestApp::new().await;
    let client = ecc(&app).await;
    let read = async || app.send(Call::new("GET", "/ecc/v1/events/batch").by(&client)).await;
    let begun = read().await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let body =
        json!({ "requests": [{ "method": "POST", "resource": "/subscriptions", "body": sim(1) }] });
    let placed = app.send(Call::new("POST", "/ecc/v1/batches").json(&body).by(&client)).await;
    assert_eq!(placed.status, 202, "{}", placed.text());
    app.drain().await;
    let id = placed.body["batchid"].as_str().unwrap();
    assert!(read().await.text().contains(id));
}

#[tokio::test]
async fn what_a_queue_has_lost_is_sent_again_by_the_sweeper() {
    let app = TestApp::new().await;
    let client = ecc(&app).await;
    webhook(&app, &client).await;
    let body =
        json!({ "requests": [{ "method": "POST", "resource": "/subscriptions", "body": sim(1) }] });
    let placed = app.send(Call::new("POST", "/ecc/v1/batches").json(&body).by(&client)).await;
    assert_eq!(placed.status, 202, "{}", placed.text());
    assert_eq!(app.queues.batches.take().len(), 1, "lost");
    app.clock.advance(time::Duration::HOUR);
    app.sweep().await;
    // Those that send to this queue become dead letters; the sweeper does their work.
    app.queues.deliveries.refuse("");
    app.drain().await;
    app.allow_leftovers();
    app.queues.deliveries.accept();
    app.clock.advance(time::Duration::HOUR);
    app.sweep().await;
    app.drain().await;
    let path = format!("/ecc/v1/batches/{}", placed.body["batchid"].as_str().unwrap());
    let ended = app.send(Call::new("GET", path).by(&client)).await;
    assert!(ended.text().contains("COMPLETED"), "{}", ended.text());
    assert!(!app.receivers.take().is_empty(), "the webhooks were sent after all");
}

#[tokio::test]
async fn an_esim_order_is_repeated_under_its_key() {
    let app = TestApp::new().await;
    let token = reseller(&app).await;
    stock(&app, 1).await;
    let place = || {
        let body = crate::whole::new_esim();
        Call::new("POST", "/esim/v1/order").bearer(&token).json(&body)
    };
    repeated(&app, "d", place, 201).await;
    app.drain().await;
}

/// It may have been executed before, and be impossible by now.
#[tokio::test]
async fn a_keyed_request_that_fails_looks_for_the_response_of_its_key() {
    let app = TestApp::new().await;
    let (client, token) = (ecc(&app).await, reseller(&app).await);
    let buyer = app.client_for("buyer", "one", Role::Buyer, &["Verizon"]).await;
    let post = |path: &str| Call::new("POST", path).json(&json!({})).header("idempotency-key", "k");
    for call in [
        post(ALL).by(&client),
        post("/ecc/v1/batches").by(&client),
        post("/webhooks").by(&client),
        post("/esim/v1/order").bearer(&token),
        post("/orders/status-request").by(&buyer),
    ] {
        let answer = app.send(call).await;
        assert!((400..500).contains(&answer.status), "{}", answer.text());
    }
}
