//! Messages that are duplicated, late, or malformed.

use std::{collections::BTreeSet, time::Duration};

use harness::{
    Setup,
    cloud::{DEAD_LETTERS, WORK, WORKER},
    network::Known,
    wait,
};
use serde_json::{Value, json};
use testkit::numbers;
use tokio::time::{Instant, sleep};

use crate::{outcome::Outcome, tier};

const ALL: &str = "/ecc/v1/subscriptions";
const RECEIVES: usize = 3;

/// Bodies that no worker can handle.
fn poison() -> Vec<String> {
    let order = |id: &str| json!({ "orderId": id, "revision": 1, "correlationId": "x" });
    let mut bodies = vec!["{".to_owned(), "[]".to_owned(), "null".to_owned(), "\"\"".to_owned()];
    bodies.push(json!({ "revision": 1 }).to_string());
    bodies.push(json!({ "orderId": 17, "revision": 1, "correlationId": "x" }).to_string());
    for id in ["", "0", "-1", "1", "abc", "1#ORDER", "9007199254740992", "01"] {
        bodies.push(order(id).to_string());
    }
    bodies.push("[".repeat(10_000));
    bodies
}

#[tokio::test]
async fn only_poison_becomes_a_dead_letter_after_exactly_the_maximum_of_receives() {
    let mut rng = tier::rng();
    let cloud = Setup::new().parameter("WorkMaxReceives", RECEIVES).start().await;
    let api = cloud.api();
    let (orders, mut sent) = (tier::rounds(20, 2_000), Vec::new());
    let mut bodies = poison();
    rng.shuffle(&mut bodies);
    let mut placed = Vec::new();
    for n in 1..=u64::try_from(orders).unwrap() {
        if let Some(body) = bodies.pop() {
            sent.push((cloud.queues.send(WORK, &body).await, body));
        }
        placed.push(api.post(ALL, &json!({ "iccid": numbers::iccid(n) })).await.order());
    }
    for order in &placed {
        api.completed(*order).await;
    }
    wait::until_is("the work queue runs empty", 0, async || cloud.queues.depth(WORK).await).await;
    cloud.fire("dead-letter-consumer").await;

    let dead_letters = wait::until("the dead letters", async || {
        let depth = cloud.queues.depth(DEAD_LETTERS).await;
        (depth == u64::try_from(sent.len()).unwrap()).then_some(depth)
    });
    dead_letters.await;
    let log = cloud.log(WORKER);
    for (id, body) in &sent {
        let receives: Vec<Value> = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["message_id"] == **id)
            .map(|line| line["receive_count"].clone())
            .collect();
        let expected: Vec<Value> = (1..=RECEIVES).map(|n| json!(n)).collect();
        assert_eq!(receives, expected, "{body:.80}");
    }
    // The consumer hides the messages that it has received for a while.
    let (mut found, expected) = (BTreeSet::new(), sent.into_iter().map(|(id, _)| id).collect());
    let end = Instant::now() + Duration::from_secs(30);
    while found != expected && Instant::now() < end {
        let dead_letters = cloud.queues.receive(DEAD_LETTERS, 60).await;
        found.extend(dead_letters.into_iter().map(|message| message.id));
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(found, expected, "another message is a dead letter");
    cloud.finish(&[DEAD_LETTERS]).await;
}

#[tokio::test]
async fn a_repeated_message_executes_its_order_once() {
    let (mut rng, begin, mut messages) = (tier::rng(), Instant::now(), 0);
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let mut placed = Vec::new();
    let slow = json!({ "mode": "delay", "milliseconds": 20 });
    cloud.network.misbehave(&slow).await;
    for n in 1..=u64::try_from(tier::rounds(25, 5_000)).unwrap() {
        let order = api.post(ALL, &json!({ "iccid": numbers::iccid(n) })).await.order();
        placed.push(order);
        // Before, during and after its processing, and in any order.
        for _ in 0..rng.usize(1..4) {
            let order = placed[rng.usize(0..placed.len())];
            let revision = rng.u64(1..5);
            let body = json!({
                "orderId": order.to_string(), "revision": revision, "correlationId": "again",
            });
            cloud.queues.send(WORK, &body.to_string()).await;
            messages += 1;
        }
    }
    for order in &placed {
        let ended = api.completed(*order).await;
        assert_eq!(ended["history"].as_array().map(Vec::len), Some(2), "{ended}");
    }
    let once = Known { received: 1, applied: 1 };
    for (order, known) in cloud.network.ledger().await {
        assert_eq!(known, once, "{order}");
    }
    cloud.network.behave().await;
    cloud.finish(&[]).await;
    Outcome {
        test: "messages",
        what: "messages",
        workload: format!("{} ECC orders", placed.len()),
        faults: format!("{messages} more messages of them, at any moment"),
        violations: 0,
        took: begin.elapsed(),
    }
    .report();
}
