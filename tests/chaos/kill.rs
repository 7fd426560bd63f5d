//! The worker is killed, as by `kill -9`, at any step: the order ends once, and the network
//! executes it once.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    time::{Duration, Instant},
};

use harness::{
    Cloud, Setup,
    cloud::{SWEEPER, WORK, WORKER},
    network::Known,
    wait,
};
use serde_json::{Value, json};
use testkit::numbers;
use tokio::time::sleep;

use crate::{outcome::Outcome, tier};

const ALL: &str = "/ecc/v1/subscriptions";

fn sim(n: u64) -> Value {
    json!({ "iccid": numbers::iccid(n) })
}

fn short() -> Setup {
    Setup::new()
        .parameter("OrderWatchdogSeconds", 2)
        .parameter("WorkLeaseSeconds", 1)
        .parameter("WorkVisibilitySeconds", 1)
        .parameter("WorkMaxReceives", 1000)
}

async fn wait_for_request(cloud: &Cloud, order: u64) {
    wait::until("the request to the network", async || {
        (cloud.network.known(order).await.received > 0).then_some(())
    })
    .await;
}

async fn assert_executed_once(cloud: &Cloud, order: u64) {
    let ended = cloud.api().completed(order).await;
    assert_eq!(ended["history"].as_array().map(Vec::len), Some(2), "{ended}");
    assert_eq!(cloud.network.known(order).await.applied, 1);
}

#[tokio::test]
async fn after_a_kill_before_the_request_the_next_worker_sends_it() {
    let cloud = short().start().await;
    cloud.network.misbehave(&json!({ "mode": "hang", "times": 1 })).await;
    let order = cloud.api().post(ALL, &sim(1)).await.order();
    wait_for_request(&cloud, order).await;
    assert_eq!(cloud.kill(WORKER).await, 1);
    assert_eq!(cloud.network.known(order).await.applied, 0);
    assert_executed_once(&cloud, order).await;
    assert_eq!(cloud.network.known(order).await.received, 2);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn after_a_kill_after_the_request_the_next_worker_queries_its_status_first() {
    let cloud = short().start().await;
    let later = json!({ "mode": "asynchronous", "milliseconds": 600, "times": 1 });
    cloud.network.misbehave(&later).await;
    let order = cloud.api().post(ALL, &sim(1)).await.order();
    wait_for_request(&cloud, order).await;
    assert_eq!(cloud.kill(WORKER).await, 1);
    assert_executed_once(&cloud, order).await;
    assert_eq!(cloud.network.known(order).await.received, 1, "it was sent again");
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn after_a_lost_response_the_worker_queries_the_status() {
    let cloud = short().start().await;
    let lost = json!({ "mode": "answer-lost-after-doing", "times": 1 });
    cloud.network.misbehave(&lost).await;
    let order = cloud.api().post(ALL, &sim(1)).await.order();
    assert_executed_once(&cloud, order).await;
    assert_eq!(cloud.network.known(order).await.received, 1, "it was sent again");
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn after_a_kill_after_the_commit_the_repeated_message_changes_nothing() {
    let cloud = short().parameter("WorkVisibilitySeconds", 4).concurrency(1).start().await;
    let api = cloud.api();
    // While the only worker is busy, two messages queue up and are then received as one batch.
    let delay = json!({ "mode": "delay", "milliseconds": 2000, "iccid": numbers::iccid(1) });
    cloud.network.misbehave(&delay).await;
    let busy = api.post(ALL, &sim(1)).await.order();
    wait_for_request(&cloud, busy).await;
    let held = json!({ "mode": "hold", "iccid": numbers::iccid(3) });
    cloud.network.misbehave(&held).await;
    let committed = api.post(ALL, &sim(2)).await.order();
    let waiting = api.post(ALL, &sim(3)).await.order();
    api.completed(busy).await;
    api.completed(committed).await;
    wait_for_request(&cloud, waiting).await;
    let ended = cloud.idle(committed).await;
    assert!(cloud.queues.depth(WORK).await >= 2, "the batch is not acknowledged");
    assert_eq!(cloud.kill(WORKER).await, 1);
    cloud.network.behave().await;
    for order in [committed, waiting] {
        assert_executed_once(&cloud, order).await;
    }
    cloud.drained(&[]).await;
    assert_eq!(cloud.table.order(committed).await, Some(ended));
    assert_eq!(cloud.network.known(committed).await.received, 1);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn killed_workers_lose_no_order_and_execute_none_twice() {
    let (mut rng, begin, mut killed) = (tier::rng(), Instant::now(), 0);
    let cloud = short().start().await;
    let api = cloud.api();
    let (kills, mut orders, mut story) = (tier::rounds(12, 400), Vec::new(), String::new());
    for round in 0..kills {
        let fault = match rng.u32(0..4) {
            0 => json!({ "mode": "delay", "milliseconds": rng.u64(0..60) }),
            1 => json!({ "mode": "answer-lost-after-doing", "times": 1 }),
            2 => json!({ "mode": "asynchronous", "milliseconds": rng.u64(0..300) }),
            _ => json!({ "mode": "error500", "times": 1 }),
        };
        cloud.network.misbehave(&fault).await;
        for n in 0..4 {
            let number = 4 * u64::try_from(round).unwrap() + n + 1;
            orders.push(api.post(ALL, &sim(number)).await.order());
        }
        let pause = rng.u64(0..150);
        sleep(Duration::from_millis(pause)).await;
        let now = cloud.kill(WORKER).await;
        killed += now;
        let _ = writeln!(story, "{fault}, after {pause} ms {now} killed");
        if round % 4 == 3 {
            cloud.fire(SWEEPER).await;
        }
    }
    cloud.network.behave().await;
    let open = async || {
        let items = cloud.table.of_kind("ORDER").await;
        items.iter().filter(|item| item["status"] == "PROVISIONING").count()
    };
    wait::until("all orders end", async || {
        if open().await == 0 {
            return Some(());
        }
        sleep(Duration::from_millis(500)).await;
        cloud.fire(SWEEPER).await;
        None
    })
    .await;
    eprintln!("{story}");
    let ledger: BTreeMap<String, Known> = cloud.network.ledger().await.into_iter().collect();
    for order in &orders {
        let ended = api.completed(*order).await;
        assert_eq!(ended["history"].as_array().map(Vec::len), Some(2), "{ended}");
        assert_eq!(ledger[&order.to_string()].applied, 1, "{order}");
    }
    cloud.finish(&[]).await;
    Outcome {
        test: "kill",
        what: "kill",
        workload: format!("{} ECC orders", orders.len()),
        faults: format!("{killed} workers killed at any moment; network slow, late, lossy"),
        violations: 0,
        took: begin.elapsed(),
    }
    .report();
}
