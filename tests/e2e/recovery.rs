//! The sweeper recovers work that was lost between the table and the network, and a worker without
//! a valid lease changes nothing.

use std::time::Duration;

use harness::{
    Cloud, Setup,
    cloud::{SWEEPER, WORK, WORKER},
    wait,
};
use serde_json::{Value, json};
use testkit::numbers;
use tokio::time::sleep;

const ALL: &str = "/ecc/v1/subscriptions";
const WATCHDOG: Duration = Duration::from_secs(2);

fn sim(n: u64) -> Value {
    json!({ "iccid": numbers::iccid(n) })
}

/// A cloud whose leases, visibility time-outs and watchdog last two seconds.
fn short() -> Setup {
    let seconds = WATCHDOG.as_secs();
    Setup::new()
        .parameter("OrderWatchdogSeconds", seconds)
        .parameter("WorkLeaseSeconds", seconds)
        .parameter("WorkVisibilitySeconds", seconds)
}

async fn wait_for_request(cloud: &Cloud, order: u64, times: u64) {
    wait::until_is("requests to the network", times, async || {
        cloud.network.known(order).await.received
    })
    .await;
}

async fn overdue() {
    sleep(WATCHDOG + Duration::from_millis(50)).await;
}

#[tokio::test]
async fn an_order_whose_message_was_lost_before_its_receive_is_recovered() {
    let cloud = short().concurrency(1).start().await;
    let api = cloud.api();
    // The only worker is busy, so the second message waits in the queue.
    cloud.network.misbehave(&json!({ "mode": "hold", "iccid": numbers::iccid(1) })).await;
    let busy = api.post(ALL, &sim(1)).await.order();
    wait_for_request(&cloud, busy, 1).await;
    let order = api.post(ALL, &sim(2)).await.order();
    let message = wait::until("its message", async || {
        let found = cloud.queues.receive(WORK, 1).await;
        found.into_iter().find(|message| message.body.contains(&order.to_string()))
    });
    cloud.queues.delete(WORK, &message.await).await;
    cloud.network.behave().await;
    api.completed(busy).await;
    cloud.drained(&[]).await;
    assert_eq!(api.get(&format!("/ecc/v1/orders/{order}")).await.body["status"], "PROVISIONING");
    overdue().await;
    cloud.fire(SWEEPER).await;
    api.completed(order).await;
    assert_eq!(cloud.network.known(order).await.applied, 1);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn an_order_whose_worker_was_lost_with_its_message_is_recovered() {
    let cloud = short().start().await;
    let api = cloud.api();
    cloud.network.hold().await;
    let order = api.post(ALL, &sim(1)).await.order();
    wait_for_request(&cloud, order, 1).await;
    assert_eq!(cloud.kill(WORKER).await, 1);
    cloud.queues.purge(WORK).await;
    cloud.network.behave().await;
    cloud.drained(&[]).await;
    assert_eq!(api.get(&format!("/ecc/v1/orders/{order}")).await.body["status"], "PROVISIONING");
    overdue().await;
    cloud.fire(SWEEPER).await;
    api.completed(order).await;
    assert_eq!(cloud.network.known(order).await.applied, 1);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn a_worker_with_an_expired_lease_releases_no_lock_and_changes_nothing() {
    let cloud = short().start().await;
    let api = cloud.api();
    let path = format!("{ALL}/iccid:{}", numbers::iccid(1));
    api.created(&sim(1)).await;
    cloud.network.misbehave(&json!({ "mode": "hold", "times": 1 })).await;
    let order = api.patch(&path, &json!({ "blocked": true })).await.order();
    // The first worker still waits for the network when the second one ends the order.
    api.completed(order).await;
    assert_eq!(cloud.network.known(order).await.received, 2);
    let ended = cloud.idle(order).await;

    cloud.network.misbehave(&json!({ "mode": "delay", "milliseconds": 1500 })).await;
    let next = api.patch(&path, &json!({ "blocked": false })).await.order();
    wait_for_request(&cloud, next, 1).await;
    cloud.network.behave().await;
    wait::until("the late worker", async || {
        cloud.log(WORKER).contains("ended by another").then_some(())
    })
    .await;
    let read = api.get(&path).await.body;
    assert_eq!((&read["outstandingOrder"], &read["blocked"]), (&json!(next), &json!(true)));
    api.completed(next).await;
    assert_eq!(cloud.table.order(order).await, Some(ended));
    assert_eq!(cloud.network.known(order).await.applied, 1);
    cloud.finish(&[]).await;
}
