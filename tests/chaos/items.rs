//! Service orders of many items of every kind, while their workers are killed: whenever an order is
//! read, its state is the one that its items give it (`infra/docs/contracts/tmf-orders.md`, *State*).

use std::{
    collections::BTreeSet,
    sync::Mutex,
    time::{Duration, Instant},
};

use fastrand::Rng;
use harness::{Api, Cloud, Setup, orders::PRODUCT, wait};
use serde_json::{Value, json};
use testkit::numbers;
use tokio::time::sleep;

use crate::{outcome::Outcome, tier};

const ORDERS: &str = "/tmf-api/serviceOrdering/v4/serviceOrder";
const ITEMS: &str = "serviceOrderItem";
/// The most items of an order.
const MOST: usize = 100;
/// Orders with an eSIM: the demo's stock is bounded.
const ESIMS: usize = 10;
/// Those who are killed.
const KILLED: [&str; 3] = ["service-order-worker", "subscription-worker", "esim-worker"];

fn named(name: &str, value: impl Into<Value>) -> Value {
    json!({ "name": name, "value": value.into() })
}

fn item(id: usize, specification: &str, characteristics: Vec<Value>) -> Value {
    json!({ "id": id.to_string(), "action": "add", "service": {
        "serviceSpecification": { "id": specification },
        "serviceCharacteristic": characteristics,
    } })
}

/// Draws items: subscriptions with and without a service, what is nothing to do, what cannot be
/// ordered, and an eSIM, some of them after others.
fn items(rng: &mut Rng, count: usize, sim: &mut u64, with_esim: bool) -> Vec<Value> {
    let mut all = Vec::new();
    let mut total = 0;
    while total < count {
        let id = all.len();
        let mut new = match rng.u8(..10) {
            0 => json!({ "id": id.to_string(), "action": "noChange", "service": {} }),
            1 => item(id, "vCPE", Vec::new()),
            kind => {
                *sim += 1;
                let mut new = item(
                    id,
                    "mobile-subscription",
                    vec![named("iccid", numbers::iccid(*sim).as_str())],
                );
                if kind == 2 && total + 1 < count {
                    let mut nested = item(id, "SMS", vec![named("limit", 5)]);
                    nested["id"] = format!("{id}a").into();
                    new[ITEMS] = json!([nested]);
                    total += 1;
                }
                new
            }
        };
        if id > 0 && rng.u8(..4) == 0 {
            new["serviceOrderItemRelationship"] = json!([{
                "relationshipType": "reliesOn",
                "orderItem": { "itemId": rng.usize(..id).to_string() },
            }]);
        }
        all.push(new);
        total += 1;
    }
    if with_esim && total < MOST {
        let esim = [
            named("countryCode", "PT"),
            named("email", "porto@doe.com"),
            named("deviceType", "ios"),
            named("productId", PRODUCT),
        ];
        all.push(item(all.len(), "esim", esim.into()));
    }
    all
}

fn states(of: &Value) -> Vec<&str> {
    let items = of[ITEMS].as_array().into_iter().flatten();
    items
        .flat_map(|item| std::iter::once(item["state"].as_str().unwrap()).chain(states(item)))
        .collect()
}

/// What the contract says of an order without a request to cancel.
fn expected(items: &[&str]) -> &'static str {
    let count = |state| items.iter().filter(|item| **item == state).count();
    let [completed, failed, rejected, cancelled] =
        ["completed", "failed", "rejected", "cancelled"].map(count);
    let ended = completed + failed + rejected + cancelled;
    match ended == items.len() {
        true if completed == ended => "completed",
        true if completed > 0 => "partial",
        true if failed > 0 => "failed",
        true if rejected > 0 => "rejected",
        true => "cancelled",
        false if ended + count("inProgress") > 0 => "inProgress",
        false if count("acknowledged") > 0 => "acknowledged",
        false => "pending",
    }
}

/// Reads an order and checks it. Whether it has ended.
async fn read(api: &Api, path: &str, violations: &Mutex<Vec<String>>) -> (bool, Value) {
    let order = api.get(path).await.body;
    let (state, items) = (order["state"].as_str().unwrap(), states(&order));
    if state != expected(&items) {
        violations.lock().unwrap().push(format!("{path} is {state}, its items are {items:?}"));
    }
    let has_ended = order["completionDate"].is_string();
    let is_open = ["acknowledged", "pending", "inProgress"].contains(&state);
    if has_ended == is_open {
        violations.lock().unwrap().push(format!("{path} is {state}: {order}"));
    }
    (has_ended, order)
}

async fn reading(api: &Api, paths: &Mutex<Vec<String>>, violations: &Mutex<Vec<String>>) {
    let mut rng = Rng::new();
    loop {
        let path = rng.choice(paths.lock().unwrap().iter()).cloned();
        if let Some(path) = path {
            read(api, &path, violations).await;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

async fn killing(cloud: &Cloud, mut rng: Rng) {
    loop {
        sleep(Duration::from_millis(rng.u64(100..1_500))).await;
        if let Some(function) = rng.choice(KILLED) {
            cloud.kill(function).await;
        }
    }
}

/// The order of every item that was done, which no other item has, and which the network executed
/// once.
async fn check_items(cloud: &Cloud, order: &Value, seen: &mut BTreeSet<String>) -> Vec<String> {
    let mut violations = Vec::new();
    let items = order[ITEMS].as_array().unwrap().iter();
    let nested = items.clone().flat_map(|item| item[ITEMS].as_array().into_iter().flatten());
    for item in items.chain(nested).filter(|item| item["state"] == "completed") {
        let characteristics = item["service"]["serviceCharacteristic"].as_array();
        let number = characteristics
            .and_then(|all| all.iter().find(|one| one["name"] == "orderId"))
            .and_then(|one| one["value"].as_str());
        let Some(number) = number else { continue };
        if !seen.insert(number.to_owned()) {
            violations.push(format!("two items have order {number}"));
        }
        if let Ok(number) = number.parse() {
            let applied = cloud.network.known(number).await.applied;
            if applied != 1 {
                violations.push(format!("order {number} was executed {applied} times"));
            }
        }
    }
    violations
}

fn setup() -> Setup {
    Setup::new()
        .scheduled(2)
        .parameter("OrderWatchdogSeconds", 8)
        .parameter("WorkLeaseSeconds", 2)
        .parameter("WorkVisibilitySeconds", 5)
        .parameter("WorkMaxReceives", 1000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_state_of_an_order_is_that_of_its_items_though_its_workers_are_killed() {
    let mut rng = tier::rng();
    let orders = tier::rounds(12, 300);
    let begin = Instant::now();
    let cloud = setup().start().await;
    let api = cloud.client("demo-integrator");
    let (paths, violations) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let (mut sim, mut total) = (100_000, 0);
    let load = async {
        for n in 0..orders {
            // The limits are among them.
            let count = match n {
                0 => MOST,
                1 => 1,
                _ => rng.usize(1..=MOST),
            };
            let items = items(&mut rng, count, &mut sim, n < ESIMS);
            total += count;
            let placed = api.post(ORDERS, &json!({ ITEMS: items })).await;
            assert_eq!(placed.status, 201, "{placed:?}");
            paths.lock().unwrap().push(placed.body["href"].as_str().unwrap().to_owned());
        }
        let all = paths.lock().unwrap().clone();
        let longest = Duration::from_secs(120 + 4 * orders as u64);
        for path in &all {
            wait::within(longest, "the order ends", async || {
                read(&api, path, &violations).await.0.then_some(())
            })
            .await;
        }
    };
    tokio::select! {
        () = load => {}
        () = reading(&api, &paths, &violations) => unreachable!("it reads for ever"),
        () = killing(&cloud, tier::rng()) => unreachable!("it kills for ever"),
    }
    let mut violations = violations.into_inner().unwrap();
    let mut seen = BTreeSet::new();
    let mut outcomes = std::collections::BTreeMap::new();
    for path in paths.into_inner().unwrap() {
        let order = api.get(&path).await.body;
        *outcomes.entry(order["state"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        violations.extend(check_items(&cloud, &order, &mut seen).await);
    }
    Outcome {
        test: "items",
        what: "items",
        workload: format!("{orders} orders of {total} items: {outcomes:?}"),
        faults: "workers killed".to_owned(),
        violations: violations.len(),
        took: begin.elapsed(),
    }
    .report();
    assert!(violations.is_empty(), "{violations:#?}");
    cloud.finish(&[]).await;
}
