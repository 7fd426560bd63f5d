//! Telling: webhooks of every kind of order, and what a client's feeds and batches come to.

use std::collections::BTreeMap;

use harness::{Api, Cloud, Setup, sink::Heard, wait};
use serde_json::{Value, json};
use testkit::numbers;

const ALL: &str = "/ecc/v1/subscriptions";

/// Registers an endpoint of the sink.
async fn endpoint(api: &Api, cloud: &Cloud, name: &str, events: &[&str]) -> String {
    let body = json!({ "url": cloud.sink.endpoint(name), "events": events });
    let answer = api.post("/webhooks", &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(answer.body["secret"].as_str().unwrap().starts_with("whsec_"));
    answer.body["id"].as_str().unwrap().to_owned()
}

fn of(heard: &[Heard], name: &str) -> Vec<(String, Value)> {
    let path = format!("/{name}");
    heard
        .iter()
        .filter(|heard| heard.path == path)
        .map(|heard| {
            assert_eq!(heard.verified, Some(true), "{heard:?}");
            assert!(!heard.repeated, "{heard:?}");
            (heard.body["type"].as_str().unwrap().to_owned(), heard.body["data"].clone())
        })
        .collect()
}

/// What an endpoint has heard, once it is so many messages.
async fn heard(cloud: &Cloud, name: &str, count: usize) -> Vec<(String, Value)> {
    wait::until_is("messages heard", count, async || of(&cloud.sink.heard().await, name).len())
        .await;
    of(&cloud.sink.heard().await, name)
}

fn types(heard: &[(String, Value)]) -> Vec<&str> {
    heard.iter().map(|(kind, _)| kind.as_str()).collect()
}

#[tokio::test]
async fn every_state_of_every_kind_of_order_is_told_once_in_its_order() {
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
    let told = heard(&cloud, "all", 2).await;
    assert_eq!(types(&told), ["order.accepted", "order.completed"]);
    for (n, (_, data)) in told.iter().enumerate() {
        assert_eq!((&data["kind"], &data["sequence"]), (&json!("ecc"), &json!(n + 1)));
        assert_eq!(data["orderId"], order.to_string());
    }
    assert_eq!(types(&heard(&cloud, "ends", 1).await), ["order.completed"]);

    let carrier = super::carrier_orders::order("PO-1");
    let placed = buyer.post("/orders", &carrier).await;
    let told = heard(&cloud, "buyer", 3).await;
    assert_eq!(types(&told), ["order.accepted", "order.in_progress", "order.completed"]);
    for (n, (_, data)) in told.iter().enumerate() {
        assert_eq!((&data["kind"], &data["sequence"]), (&json!("carrier"), &json!(n + 1)));
        assert_eq!(data["orderId"], placed.body["id"]);
        assert_eq!(data["buyerPurchaseOrderNumber"], "PO-1");
    }
    let (_, accepted) = heard(&cloud, "seller", 1).await.remove(0);
    assert_eq!(accepted["status"], "ACKNOWLEDGED");

    let esim = super::esim_orders::new_esim(super::esim_orders::PRODUCT);
    let placed = reseller.post("/esim/v1/order", &esim).await;
    let told = heard(&cloud, "reseller", 3).await;
    assert_eq!(types(&told), ["order.accepted", "order.in_progress", "order.completed"]);
    for (n, (_, data)) in told.iter().enumerate() {
        assert_eq!((&data["kind"], &data["sequence"]), (&json!("esim"), &json!(n + 1)));
        assert_eq!(data["orderId"], placed.body["id"]);
    }
    assert_eq!(heard(&cloud, "stranger", 0).await, []);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn what_a_receiver_missed_while_it_was_down_comes_again_and_is_in_the_log() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let id = endpoint(&api, &cloud, "sink", &["order.completed"]).await;
    let down = json!({ "mode": { "kind": "status", "status": 500 }, "times": 1 });
    cloud.sink.misbehave(&down).await;
    let order = api.created(&json!({ "iccid": numbers::iccid(1) })).await;
    let taken = wait::until("it comes again", async || {
        let heard = cloud.sink.heard().await;
        (heard.len() == 2).then_some(heard)
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

    // Once more, by hand: the same message.
    let replay = format!("/webhooks/{id}/deliveries/{}/replay", taken[0].id);
    assert_eq!(api.post(&replay, &json!({})).await.status, 202);
    wait::until_is("it comes a third time", 3, async || cloud.sink.heard().await.len()).await;
    let heard = cloud.sink.heard().await;
    assert!(heard[2].repeated && heard[2].id == heard[0].id);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn a_waiting_caller_is_answered_as_soon_as_something_happens() {
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
    let (answer, _) = futures::join!(wait(20, &tag), async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        api.created(&json!({ "iccid": numbers::iccid(1) })).await
    });
    assert!(began.elapsed().as_secs() < 15, "{:?}", began.elapsed());
    let first = &answer.expect(200, "").body["events"][0];
    assert_eq!((&first["sequence-number"], &first["status"]), (&json!(1), &json!("PROVISIONING")));
    for n in 2..=5 {
        api.created(&json!({ "iccid": numbers::iccid(n) })).await;
    }
    let numbers = async || {
        let all = api.get(&format!("{events}?first-element=1&limit=100")).await.expect(200, "");
        let all = all.body["events"].as_array().unwrap().clone();
        all.iter().map(|event| event["sequence-number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    wait::until_is("ten events", (1..=10).collect(), numbers).await;
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
    let answer = api.post("/ecc/v1/batches", &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.body["batchid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_batch_of_a_hundred_ends_whoever_dies_in_the_middle() {
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
async fn a_multi_batch_stops_where_a_request_is_not_carried_out() {
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
