//! Publishing: webhooks for every kind of order, event feeds and batches.

use std::collections::BTreeMap;

use harness::{Api, Cloud, Setup, sink::ReceivedMessage, wait};
use serde_json::{Value, json};
use testkit::numbers;

const ALL: &str = "/ecc/v1/subscriptions";

/// Registers an endpoint of the sink.
async fn endpoint(api: &Api, cloud: &Cloud, name: &str, events: &[&str]) -> String {
    let body = json!({ "url": cloud.sink.endpoint(name), "events": events });
    let response = api.post("/webhooks", &body).await;
    assert_eq!(response.status, 201, "{response:?}");
    assert!(response.body["secret"].as_str().unwrap().starts_with("whsec_"));
    response.body["id"].as_str().unwrap().to_owned()
}

fn of(received: &[ReceivedMessage], name: &str) -> Vec<(String, Value)> {
    let path = format!("/{name}");
    received
        .iter()
        .filter(|received| received.path == path)
        .map(|received| {
            assert_eq!(received.verified, Some(true), "{received:?}");
            assert!(!received.repeated, "{received:?}");
            (received.body["type"].as_str().unwrap().to_owned(), received.body["data"].clone())
        })
        .collect()
}

/// The messages of an endpoint, once it has received `count` of them.
async fn received(cloud: &Cloud, name: &str, count: usize) -> Vec<(String, Value)> {
    wait::until_is("messages received", count, async || {
        of(&cloud.sink.received().await, name).len()
    })
    .await;
    of(&cloud.sink.received().await, name)
}

fn types(received: &[(String, Value)]) -> Vec<&str> {
    received.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[tokio::test]
async fn every_status_change_of_every_kind_of_order_is_published_once_and_in_order() {
    let cloud = Setup::new().start().await;
    let (ecc, buyer, seller) =
        (cloud.api(), cloud.client("demo-buyer"), cloud.client("demo-seller"));
    let reseller = cloud.client("demo-reseller").with_token().await;
    endpoint(&ecc, &cloud, "all", &["*"]).await;
    endpoint(&ecc, &cloud, "ends", &["order.completed"]).await;
    endpoint(&cloud.other(), &cloud, "stranger", &["*"]).await;
    endpoint(&buyer, &cloud, "buyer", &["order.*"]).await;
    endpoint(&seller, &cloud, "seller", &["order.accepted"]).await;
    endpoint(&reseller, &cloud, "reseller", &["*"]).await;

    let order = ecc.created(&json!({ "iccid": numbers::iccid(1) })).await;
    let messages = received(&cloud, "all", 2).await;
    assert_eq!(types(&messages), ["order.accepted", "order.completed"]);
    for (n, (_, data)) in messages.iter().enumerate() {
        assert_eq!((&data["kind"], &data["sequence"]), (&json!("ecc"), &json!(n + 1)));
        assert_eq!(data["orderId"], order.to_string());
    }
    assert_eq!(types(&received(&cloud, "ends", 1).await), ["order.completed"]);

    let carrier = super::carrier_orders::order("PO-1");
    let placed = buyer.post("/orders", &carrier).await;
    let messages = received(&cloud, "buyer", 3).await;
    assert_eq!(types(&messages), ["order.accepted", "order.in_progress", "order.completed"]);
    for (n, (_, data)) in messages.iter().enumerate() {
        assert_eq!((&data["kind"], &data["sequence"]), (&json!("carrier"), &json!(n + 1)));
        assert_eq!(data["orderId"], placed.body["id"]);
        assert_eq!(data["buyerPurchaseOrderNumber"], "PO-1");
    }
    let (_, accepted) = received(&cloud, "seller", 1).await.remove(0);
    assert_eq!(accepted["status"], "ACKNOWLEDGED");

    let esim = super::esim_orders::new_esim(super::esim_orders::PRODUCT);
    let placed = reseller.post("/esim/v1/order", &esim).await;
    let messages = received(&cloud, "reseller", 3).await;
    assert_eq!(types(&messages), ["order.accepted", "order.in_progress", "order.completed"]);
    for (n, (_, data)) in messages.iter().enumerate() {
        assert_eq!((&data["kind"], &data["sequence"]), (&json!("esim"), &json!(n + 1)));
        assert_eq!(data["orderId"], placed.body["id"]);
    }
    assert_eq!(received(&cloud, "stranger", 0).await, []);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn a_message_missed_during_an_outage_is_retried_and_in_the_log() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let id = endpoint(&api, &cloud, "sink", &["order.completed"]).await;
    let down = json!({ "mode": { "kind": "status", "status": 500 }, "times": 1 });
    cloud.sink.misbehave(&down).await;
    let order = api.created(&json!({ "iccid": numbers::iccid(1) })).await;
    let taken = wait::until("the retry", async || {
        let received = cloud.sink.received().await;
        (received.len() == 2).then_some(received)
    });
    let taken = taken.await;
    assert_eq!(taken[0].id, taken[1].id);
    assert_eq!((taken[0].answer.as_str(), taken[1].answer.as_str()), ("500", "204"));
    let log = wait::until("the log says so", async || {
        let log = api.get(&format!("/webhooks/{id}/deliveries")).await.expect(200, "").body;
        let first = log["deliveries"][0].clone();
        (first["status"] == "DELIVERED").then_some(first)
    });
    let log = log.await;
    assert_eq!(log["attempts"].as_array().map(Vec::len), Some(2), "{log}");
    let data = &taken[1].body["data"];
    assert_eq!((&data["orderId"], &data["sequence"]), (&json!(order.to_string()), &json!(2)));

    // A replay sends the same message.
    let replay = format!("/webhooks/{id}/deliveries/{}/replay", taken[0].id);
    assert_eq!(api.post(&replay, &json!({})).await.status, 202);
    wait::until_is("the replay", 3, async || cloud.sink.received().await.len()).await;
    let received = cloud.sink.received().await;
    assert!(received[2].repeated && received[2].id == received[0].id);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn a_long_poll_returns_as_soon_as_there_is_an_event() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let events = "/ecc/v1/events/order";
    let none = api.get(&format!("{events}?first-element=1")).await.expect(200, "");
    assert_eq!(none.body["events"], json!([]));
    let tag = none.headers["etag"].clone();
    let wait = async |seconds: u32, tag: &str| {
        let call =
            harness::Call::new("GET", format!("{events}?first-element=1&long-polling={seconds}"));
        api.send(call.header("if-none-match", tag)).await
    };
    assert_eq!(wait(1, &tag).await.status, 304);
    let began = std::time::Instant::now();
    let (response, _) = futures::join!(wait(20, &tag), async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        api.created(&json!({ "iccid": numbers::iccid(1) })).await
    });
    assert!(began.elapsed().as_secs() < 15, "{:?}", began.elapsed());
    let first = &response.expect(200, "").body["events"][0];
    assert_eq!((&first["sequence-number"], &first["status"]), (&json!(1), &json!("COMPLETED")));
    for n in 2..=5 {
        api.created(&json!({ "iccid": numbers::iccid(n) })).await;
    }
    let numbers = async || {
        let all = api.get(&format!("{events}?first-element=1&limit=100")).await.expect(200, "");
        let all = all.body["events"].as_array().unwrap().clone();
        all.iter().map(|event| event["sequence-number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    wait::until_is("an event of each order", (1..=5).collect(), numbers).await;
    cloud.other().get(&format!("{events}?first-element=1")).await.expect(200, "");
    cloud.finish(&[]).await;
}

fn requests(count: u64, from: u64) -> Vec<Value> {
    let request = |n| {
        json!({
            "method": "POST", "resource": "/subscriptions", "requestid": format!("r{n}"),
            "body": { "iccid": numbers::iccid(n) },
        })
    };
    (from..from + count).map(request).collect()
}

async fn ended(api: &Api, batch: &str) -> (Value, BTreeMap<String, usize>) {
    let path = format!("/ecc/v1/batches/{batch}");
    let batch = wait::until("the batch ends", async || {
        let batch = api.get(&path).await.expect(200, "").body;
        batch["status"].as_str().is_some_and(|s| s.contains("COMPLETED")).then_some(batch)
    });
    let batch = batch.await;
    let mut counts = BTreeMap::new();
    for request in batch["requests"].as_array().unwrap() {
        *counts.entry(request["status"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    (batch, counts)
}

async fn batch(api: &Api, kind: &str, requests: &[Value]) -> String {
    let body = json!({ "type": kind, "requests": requests });
    let response = api.post("/ecc/v1/batches", &body).await;
    assert_eq!(response.status, 202, "{response:?}");
    response.body["batchid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_batch_of_a_hundred_ends_despite_killed_functions() {
    let cloud = Setup::new()
        .parameter("OrderWatchdogSeconds", 2)
        .parameter("WorkLeaseSeconds", 1)
        .parameter("WorkVisibilitySeconds", 1)
        .parameter("WorkMaxReceives", 1000)
        .start()
        .await;
    let api = cloud.api();
    let id = batch(&api, "single", &requests(100, 1)).await;
    for function in ["batch-worker", "subscription-worker", "notification-fanout", "outbox-relay"] {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        cloud.kill(function).await;
    }
    let sweeping = async {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            cloud.fire("sweeper").await;
        }
    };
    let (found, counts) = tokio::select! {
        ended = ended(&api, &id) => ended,
        () = sweeping => unreachable!("sweeps for ever"),
    };
    assert_eq!(counts, BTreeMap::from([("COMPLETED".to_owned(), 100)]), "{found}");
    assert_eq!(found["status"], "COMPLETED");
    for (n, request) in found["requests"].as_array().unwrap().iter().enumerate() {
        assert_eq!(request["requestid"], format!("r{}", n + 1));
    }
}

#[tokio::test]
async fn a_multi_batch_stops_at_the_first_request_that_is_not_completed() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let refuse = json!({ "mode": "refuse", "reason": "no", "iccid": numbers::iccid(3) });
    cloud.network.misbehave(&refuse).await;
    let id = batch(&api, "multi", &requests(5, 1)).await;
    let (found, _) = ended(&api, &id).await;
    assert_eq!(found["status"], "PARTIALLY_COMPLETED", "{found}");
    let statuses: Vec<_> =
        found["requests"].as_array().unwrap().iter().map(|r| r["status"].clone()).collect();
    assert_eq!(statuses[..3], ["COMPLETED", "COMPLETED", "CANCELED"].map(Value::from));
    assert!(statuses[3..].iter().all(|status| status == "APPROVED" || status == "CANCELED"));
    for n in 4..=5 {
        let path = format!("{ALL}/iccid:{}", numbers::iccid(n));
        api.get(&path).await.expect(404, "NOT_FOUND");
    }
    cloud.finish(&[]).await;
}
