//! The walk-through of carrier orders (`infra/docs/walkthroughs/carrier-order.md`): the demo Buyer
//! orders from the demo Seller with automatic fulfilment, at one second per step.

use std::time::Instant;

use harness::{Api, Call, Cloud, Setup, wait};
use serde_json::{Value, json};

pub(crate) use harness::orders::{SELLER, carrier as order};

pub(crate) async fn placed(buyer: &Api, body: &Value, status: &str) -> String {
    let response = buyer.post("/orders", body).await;
    assert_eq!(
        (response.status, &response.body["orderStatus"]),
        (201, &json!(status)),
        "{response:?}"
    );
    response.headers["location"].clone()
}

pub(crate) async fn act(client: &Api, path: &str, action: &str) -> Value {
    let response = client.send(Call::new("POST", format!("{path}/{action}"))).await;
    assert_eq!(response.status, 200, "{action}: {response:?}");
    response.body
}

async fn wait_for_status(client: &Api, path: &str, status: &str) -> Value {
    wait::until(status, async || {
        let order = client.get(path).await.body;
        (order["orderStatus"] == status).then_some(order)
    })
    .await
}

/// The types of all notifications, oldest first.
async fn notified(client: &Api, path: &str) -> Vec<String> {
    let history = client.get(&format!("{path}/notifications?view=history")).await.body;
    let kinds = history.as_array().unwrap().iter().map(|note| note["notificationType"].as_str());
    kinds.map(|kind| kind.unwrap().to_owned()).collect()
}

/// The number of claimed S-VLAN ids.
async fn svlans(cloud: &Cloud) -> usize {
    let items = cloud.table.all().await;
    items
        .iter()
        .filter(|item| item["sk"].as_str().is_some_and(|sk| sk.starts_with("SVLAN#")))
        .count()
}

#[tokio::test]
async fn an_order_is_confirmed_configured_and_completed_within_seconds() {
    let cloud = Setup::new().start().await;
    let (buyer, seller) = (cloud.client("demo-buyer"), cloud.client("demo-seller"));
    let begin = Instant::now();
    let path = placed(&buyer, &order("PO-1"), "ACKNOWLEDGED").await;
    let done = wait_for_status(&buyer, &path, "COMPLETED").await;
    eprintln!("completed after {:?}", begin.elapsed());
    let walk = ["STATUS_UPDATE", "CONFIRMATION", "CONFIGURATION", "COMPLETION"];
    assert_eq!(notified(&buyer, &path).await, walk);
    assert_eq!(done["expectedCompletionDate"], "2031-10-11T16:20:00Z");
    let latest = seller.get(&format!("{path}/notifications")).await.body;
    assert_eq!(latest["notificationType"], "COMPLETION");
    assert!(latest["enniSvlanIds"][0]["svlanId"].is_number(), "{latest}");
    assert_eq!(svlans(&cloud).await, 1);
    let listed = seller.get("/orders?status=COMPLETED").await.body;
    assert_eq!(listed["items"], json!([done]));
    // No other client can read it.
    assert_eq!(cloud.api().get(&path).await.status, 403);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn an_order_is_held_released_and_cancelled() {
    let cloud = Setup::new().start().await;
    let (buyer, seller) = (cloud.client("demo-buyer"), cloud.client("demo-seller"));
    let path = placed(&buyer, &order("PO-1"), "ACKNOWLEDGED").await;
    assert_eq!(act(&buyer, &path, "hold").await["heldBy"], "BUYER");
    let refused = seller.send(Call::new("POST", format!("{path}/release"))).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_ne!(act(&buyer, &path, "release").await["orderStatus"], "HELD");
    // Fulfilment continues at one step per second: cancel before it completes.
    assert_eq!(act(&buyer, &path, "cancel").await["orderStatus"], "CANCELLED");
    wait::until("nothing is held for it", async || (svlans(&cloud).await == 0).then_some(())).await;
    let kinds = notified(&buyer, &path).await;
    assert_eq!(kinds.last().map(String::as_str), Some("CANCELLATION"));
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn a_pending_order_is_corrected_by_a_newer_version() {
    let cloud = Setup::new().start().await;
    let buyer = cloud.client("demo-buyer");
    let mut wrong = order("PO-1");
    wrong["orderItems"][0]["orderItemDetail"]["productSpecification"] = "Super UNI II".into();
    let path = placed(&buyer, &wrong, "PENDING").await;
    let waiting = buyer.get(&path).await.body;
    assert_eq!(waiting["correctiveOrderExpected"], true);
    assert_eq!(waiting["orderMessages"][0]["code"], "PRD016");
    let correction = json!({ "buyerOrderVersion": "2", "orderItems": order("PO-1")["orderItems"] });
    let corrected = buyer.patch(&path, &correction).await;
    assert_eq!(corrected.body["orderStatus"], "IN_PROGRESS", "{corrected:?}");
    wait_for_status(&buyer, &path, "COMPLETED").await;
    cloud.finish(&[]).await;
}
