//! The end of an order: completed, refused, or resolved by the operator when the effect is unknown.

use harness::{Api, Cloud, Setup, cloud::DEAD_LETTERS, wait};
use serde_json::{Value, json};
use testkit::numbers;

const ALL: &str = "/ecc/v1/subscriptions";

fn body(n: u64) -> Value {
    json!({ "iccid": numbers::iccid(n), "msisdn": numbers::msisdn(n) })
}

fn path(n: u64) -> String {
    format!("{ALL}/msisdn:{}", numbers::msisdn(n))
}

async fn canceled(api: &Api, order: u64) -> Value {
    let ended = api.ended(order).await;
    assert_eq!(ended["status"], "CANCELED", "{ended}");
    ended
}

#[tokio::test]
async fn a_refused_order_is_canceled_with_its_reason_and_releases_its_numbers() {
    let cloud = Setup::new().start().await;
    let (api, other) = (cloud.api(), cloud.other());
    let refuse = json!({ "mode": "refuse", "reason": "the SIM is not ours", "times": 1 });
    cloud.network.misbehave(&refuse).await;
    let order = api.post(ALL, &body(1)).await.order();
    let ended = canceled(&api, order).await;
    assert_eq!(ended["reason"], "the SIM is not ours");
    assert!(ended["completionDate"].is_string());
    api.get(&path(1)).await.expect(404, "NOT_FOUND");
    // SIM and number are free again.
    other.created(&body(1)).await;

    // A refused change leaves the subscription unchanged and unlocked, and its new number free.
    cloud.network.misbehave(&refuse).await;
    let patch =
        json!({ "msisdn": numbers::msisdn(2), "iccid": numbers::iccid(2), "blocked": true });
    let order = other.patch(&path(1), &patch).await.order();
    canceled(&other, order).await;
    let read = other.get(&path(1)).await.expect(200, "").body;
    assert_eq!((&read["blocked"], &read["outstandingOrder"]), (&json!(false), &Value::Null));
    api.created(&body(2)).await;
    other.completed(other.patch(&path(1), &json!({ "blocked": true })).await.order()).await;
    cloud.finish(&[]).await;
}

/// A cloud with few and short attempts.
async fn with_few_attempts() -> Cloud {
    Setup::new()
        .parameter("WorkMaxReceives", 2)
        .parameter("WorkVisibilitySeconds", 2)
        .parameter("WorkLeaseSeconds", 2)
        .start()
        .await
}

/// Places a change whose effect is unknown, and waits until it needs intervention.
async fn unknown(cloud: &Cloud) -> u64 {
    let api = cloud.api();
    api.created(&body(1)).await;
    cloud.network.misbehave(&json!({ "mode": "error500" })).await;
    let order = api.patch(&path(1), &json!({ "msisdn": numbers::msisdn(2) })).await.order();
    wait::until("the order needs intervention", async || {
        let item = cloud.table.order(order).await.unwrap();
        item.contains_key("needsInterventionSince").then_some(())
    })
    .await;
    order
}

/// Checks that the order is PROVISIONING, locked, and visible to the operator.
async fn assert_waiting(cloud: &Cloud, order: u64) {
    let api = cloud.api();
    let open = api.get(&format!("/ecc/v1/orders/{order}")).await.expect(200, "").body;
    assert_eq!(open["status"], "PROVISIONING");
    assert!(open.get("reason").is_none(), "{open}");
    let refused = api.patch(&path(1), &json!({ "blocked": true })).await;
    assert_eq!(refused.expect(409, "ORDER_OUTSTANDING").body["orderId"], order);
    let taken = json!({ "iccid": numbers::iccid(3), "msisdn": numbers::msisdn(2) });
    cloud.other().post(ALL, &taken).await.expect(409, "MSISDN_IN_USE");
    cloud.check().await;
    let listed = cloud.operator(&["order", "list", "--needs-intervention"]);
    assert!(listed.contains(&order.to_string()), "{listed}");
}

#[tokio::test]
async fn an_order_whose_effect_is_unknown_keeps_its_lock_until_the_operator_completes_it() {
    let cloud = with_few_attempts().await;
    let order = unknown(&cloud).await;
    assert_waiting(&cloud, order).await;
    let letter =
        wait::until("the dead letter", async || cloud.queues.receive(DEAD_LETTERS, 0).await.pop());
    assert!(letter.await.body.contains(&order.to_string()));
    // It is not retried automatically.
    cloud.fire("dead-letter-consumer").await;
    cloud.fire("sweeper").await;
    assert_waiting(&cloud, order).await;

    // The operator has verified that the network executed it.
    cloud.network.behave().await;
    let reason = ["--as", "COMPLETED", "--reason", "seen in the network"];
    cloud.operator(&[&["order", "resolve", &order.to_string()], &reason[..]].concat());
    let api = cloud.api();
    assert_eq!(api.completed(order).await["reason"], "seen in the network");
    api.get(&path(2)).await.expect(200, "");
    let again = cloud.operator_refuses(&[
        "order",
        "resolve",
        &order.to_string(),
        "--as",
        "CANCELED",
        "--reason",
        "again",
    ]);
    assert!(!again.is_empty());
    cloud
        .other()
        .created(&json!({ "iccid": numbers::iccid(3), "msisdn": numbers::msisdn(1) }))
        .await;
    cloud.drained(&[DEAD_LETTERS]).await;
}

#[tokio::test]
async fn an_order_cancelled_by_the_operator_releases_its_numbers() {
    let cloud = with_few_attempts().await;
    let order = unknown(&cloud).await;
    let reason = ["--as", "CANCELED", "--reason", "the network has no trace of it"];
    cloud.operator(&[&["order", "resolve", &order.to_string()], &reason[..]].concat());
    cloud.network.behave().await;
    let api = cloud.api();
    assert_eq!(canceled(&api, order).await["reason"], "the network has no trace of it");
    let free = json!({ "iccid": numbers::iccid(3), "msisdn": numbers::msisdn(2) });
    cloud.other().created(&free).await;
    api.completed(api.patch(&path(1), &json!({ "blocked": true })).await.order()).await;
    cloud.finish(&[DEAD_LETTERS]).await;
}
