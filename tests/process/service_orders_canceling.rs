//! Requests to cancel service orders of which items are under way, against the workers of the items.

use domain::network::NetworkAnswer;
use harness::{Call, Response};
use serde_json::{Value, json};
use testkit::{numbers, queue::sqs_event};
use time::Duration;

use crate::service_orders::{
    CANCELS, ORDERS, Tmf, after, characteristic, esim, of_subscription, order, orders_of,
    subscription,
};

impl Tmf {
    /// One message to the worker of a service order, and nothing else.
    async fn work(&self, path: &str) {
        let message = message(path);
        self.app.work("service-order-worker", sqs_event(&[&message], 1)).await;
    }

    /// An order whose items have begun, and of which no worker has taken the orders.
    async fn begun(&self, items: Vec<Value>) -> String {
        let path = self.placed(ORDERS, &order(items)).await;
        self.work(&path).await;
        assert_eq!(self.state(&path).await, "inProgress");
        path
    }

    /// The task is decided: its state, and that of the order.
    async fn decided(&self, task: &str, order: &str) -> (String, String) {
        (self.state(task).await, self.state(order).await)
    }

    async fn status(&self, item: &Value) -> String {
        let path = format!("/ecc/v1/orders/{}", characteristic(item, "orderId"));
        self.get(&path).await.body["status"].as_str().unwrap().to_owned()
    }
}

fn message(path: &str) -> String {
    let id = path.rsplit('/').next().unwrap();
    json!({ "orderId": id, "revision": 1, "correlationId": "c" }).to_string()
}

fn ended(task: &str, order: &str) -> (String, String) {
    (task.to_owned(), order.to_owned())
}

fn away(times: usize) -> Vec<NetworkAnswer> {
    vec![NetworkAnswer::Away { why: "network: no connection".to_owned() }; times]
}

#[tokio::test]
async fn the_orders_of_items_under_way_are_cancelled_with_the_order() {
    let tmf = Tmf::new().await;
    let items = vec![subscription("1", 50), esim("2"), after(subscription("3", 51), "1")];
    let path = tmf.begun(items).await;
    let task = tmf.cancelled(&path).await;
    tmf.work(&path).await;
    assert_eq!(tmf.decided(&task, &path).await, ended("done", "cancelled"));
    tmf.app.drain().await;
    assert!(tmf.app.network.take_orders().is_empty(), "the network was called");
    let whole = tmf.get(&path).await.body;
    for (index, state) in [(0, "CANCELED"), (1, "FAILED")] {
        let item = &whole["serviceOrderItem"][index];
        assert_eq!(item["state"], "cancelled", "{whole:#}");
        if index == 0 {
            assert_eq!(tmf.status(item).await, state);
        }
    }
    assert_eq!(whole["serviceOrderItem"][2]["state"], "cancelled", "{whole:#}");
    assert_eq!(orders_of(&tmf, "ecc").await, 1, "the third was never placed");
    // SIM and number are free again.
    let again = tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    tmf.app.drain().await;
    assert_eq!(tmf.state(&again).await, "completed");
}

#[tokio::test]
async fn nothing_is_cancelled_when_an_item_has_passed_its_point_of_no_return() {
    let tmf = Tmf::new().await;
    let items = vec![subscription("1", 50), subscription("2", 51)];
    let path = tmf.begun(items).await;
    let first =
        characteristic(&tmf.get(&path).await.body["serviceOrderItem"][0], "orderId").to_owned();
    tmf.app.network.answer(away(1));
    let taken = json!({ "orderId": first, "revision": 1, "correlationId": "c" }).to_string();
    tmf.app.work("subscription-worker", sqs_event(&[&taken], 1)).await;
    let task = tmf.cancelled(&path).await;
    tmf.work(&path).await;
    assert_eq!(tmf.decided(&task, &path).await, ended("terminatedWithError", "inProgress"));
    let why = tmf.get(&task).await.body["errorMessage"]["reason"].to_string();
    assert!(why.ends_with("item 1\""), "{why}");
    let second = &tmf.get(&path).await.body["serviceOrderItem"][1];
    assert_eq!(tmf.status(second).await, "PROVISIONING", "it goes on");
    tmf.app.drain().await;
    tmf.app.clock.advance(Duration::minutes(3));
    tmf.app.sweep().await;
    tmf.app.drain().await;
    assert_eq!(tmf.state(&path).await, "completed");
}

#[tokio::test]
async fn an_item_that_waits_for_an_order_of_others_is_never_placed_once_cancelled() {
    let tmf = Tmf::new().await;
    tmf.placed(ORDERS, &order(vec![subscription("1", 50)])).await;
    tmf.app.drain().await;
    tmf.app.network.take_orders();
    tmf.app.network.answer(away(2));
    let path = format!("/ecc/v1/subscriptions/iccid:{}", numbers::iccid(50).as_str());
    let other = tmf.patch(&path, &json!({ "blocked": true })).await;
    assert_eq!(other.status, 202, "{other:?}");
    tmf.app.drain().await;
    let subject = format!("iccid:{}", numbers::iccid(50).as_str());
    let change = of_subscription("1", "modify", subject, &[("odb-profile", json!(7))]);
    let path = tmf.placed(ORDERS, &order(vec![change])).await;
    tmf.work(&path).await;
    let before = orders_of(&tmf, "ecc").await;
    let task = tmf.cancelled(&path).await;
    tmf.work(&path).await;
    assert_eq!(tmf.decided(&task, &path).await, ended("done", "cancelled"));
    tmf.app.clock.advance(Duration::minutes(10));
    tmf.app.sweep().await;
    tmf.app.drain().await;
    assert_eq!(orders_of(&tmf, "ecc").await, before, "no order of the item");
    assert_eq!(tmf.state(&path).await, "cancelled");
}

#[tokio::test]
async fn an_item_whose_client_cancels_its_order_is_cancelled() {
    let tmf = Tmf::new().await;
    let path = tmf.begun(vec![subscription("1", 50), after(subscription("2", 51), "1")]).await;
    let item = &tmf.get(&path).await.body["serviceOrderItem"][0];
    let cancel = format!("/ecc/v1/orders/{}/cancel", characteristic(item, "orderId"));
    let canceled = tmf.send(Call::new("POST", cancel)).await;
    assert_eq!(canceled.status, 200, "{canceled:?}");
    tmf.app.drain().await;
    let whole = tmf.get(&path).await.body;
    assert_eq!(whole["state"], "cancelled", "{whole:#}");
    assert_eq!(whole["serviceOrderItem"][0]["state"], "cancelled");
}

#[tokio::test]
async fn a_worker_that_dies_at_any_call_of_a_cancellation_is_followed_by_one_that_ends_it() {
    for died in 0..14 {
        let tmf = Tmf::new().await;
        let items = vec![subscription("1", 50), esim("2"), after(subscription("3", 51), "1")];
        let path = tmf.begun(items).await;
        let task = tmf.cancelled(&path).await;
        let id = message(&path);
        let event = sqs_event(&[&id], 1);
        let any = ["UpdateItem", "GetItem", "TransactWriteItems"][died % 3];
        let mut gates = Vec::new();
        // The calls before the one at which it dies pass.
        for _ in 0..=died / 3 {
            gates.push(tmf.app.db.proxy.hold_next(any));
        }
        let (last, before) = gates.split_last().unwrap();
        let passing = async {
            for gate in before {
                gate.reached().await;
                gate.open();
            }
            last.reached().await;
        };
        tokio::select! {
            () = passing => {}
            _ = tmf.app.work("service-order-worker", event) => {}
        }
        gates.iter().for_each(|gate| gate.open());
        tmf.app.clock.advance(Duration::minutes(2));
        tmf.work(&path).await;
        let end = tmf.decided(&task, &path).await;
        assert_eq!(end, ended("done", "cancelled"), "died at {any} {}", died / 3);
        tmf.app.clock.advance(Duration::HOUR);
        tmf.app.sweep().await;
        tmf.app.drain().await;
        assert!(tmf.app.network.take_orders().is_empty(), "the network was called");
        assert_eq!(tmf.decided(&task, &path).await, ended("done", "cancelled"));
    }
}

/// Orders that race with their requests to cancel, in one round.
const AT_ONCE: u64 = 20;

async fn placed_at_once(tmf: &Tmf, round: u64) -> Vec<String> {
    let mut paths = Vec::new();
    for n in 0..AT_ONCE {
        let item = subscription("1", 1_000 + round * AT_ONCE + n);
        paths.push(tmf.placed(ORDERS, &order(vec![item])).await);
    }
    paths
}

/// Whether a request was met: order, task, the order of the item, its subscription and the network
/// say the same.
async fn is_cancelled(
    tmf: &Tmf,
    (path, task): (&str, &Response),
    called: &[String],
    sim: u64,
) -> bool {
    let whole = tmf.get(path).await.body;
    let state = whole["state"].as_str().unwrap();
    if task.status == 409 {
        assert_eq!((task.code(), state), ("ORDER_ENDED", "completed"), "{whole:#}");
        return false;
    }
    assert_eq!(task.status, 201, "{task:?}");
    let item = &whole["serviceOrderItem"][0];
    let characteristics = item["service"]["serviceCharacteristic"].as_array().unwrap();
    let number = characteristics.iter().find(|one| one["name"] == "orderId");
    let is_called = number.is_some_and(|one| called.iter().any(|order| one["value"] == **order));
    let subscription = format!("/ecc/v1/subscriptions/iccid:{}", numbers::iccid(sim).as_str());
    let found = tmf.get(&subscription).await.status;
    let child = match number {
        Some(_) => tmf.status(item).await,
        None => "none".to_owned(),
    };
    let task = tmf.state(task.header("location")).await;
    match (task.as_str(), state) {
        ("done", "cancelled") => {
            assert!(!is_called && found == 404, "{whole:#}");
            assert!(["CANCELED", "none"].contains(&child.as_str()), "{child}");
            true
        }
        ("terminatedWithError", "completed") => {
            assert!(is_called && found == 200 && child == "COMPLETED", "{whole:#}");
            false
        }
        end => panic!("{end:?}: {whole:#}"),
    }
}

/// `CANCEL_ROUNDS=50` for a thousand requests.
#[tokio::test]
async fn of_a_request_to_cancel_and_the_workers_of_the_items_one_wins_on_both_sides() {
    let tmf = Tmf::new().await;
    let rounds = std::env::var("CANCEL_ROUNDS").map_or(6, |rounds| rounds.parse().unwrap());
    let (mut cancelled, mut completed) = (0, 0);
    // How long the workers take when nobody cancels: the requests are spread over that.
    placed_at_once(&tmf, 0).await;
    let begin = std::time::Instant::now();
    tmf.app.drain().await;
    let lasts = begin.elapsed();
    tmf.app.network.take_orders();
    for round in 1..=rounds {
        let paths = placed_at_once(&tmf, round).await;
        let cancelling = paths.iter().zip(0_u32..).map(|(path, n)| {
            let tmf = &tmf;
            async move {
                tokio::time::sleep(lasts * n / 20).await;
                let id = path.rsplit('/').next().unwrap();
                tmf.post(CANCELS, &json!({ "serviceOrder": { "id": id } })).await
            }
        });
        let (tasks, ()) = tokio::join!(futures::future::join_all(cancelling), tmf.app.drain());
        tmf.app.drain().await;
        let called = tmf.app.network.take_orders();
        for ((path, task), n) in paths.iter().zip(&tasks).zip(0..) {
            match is_cancelled(&tmf, (path.as_str(), task), &called, 1_000 + round * AT_ONCE + n)
                .await
            {
                true => cancelled += 1,
                false => completed += 1,
            }
        }
    }
    println!("{cancelled} cancelled, {completed} completed");
    assert_eq!(cancelled + completed, rounds * AT_ONCE);
    assert!(cancelled > 0 && completed > 0, "{cancelled} cancelled, {completed} completed");
}
