//! 64 orders for 50 profiles, and killed workers.

use std::{collections::BTreeMap, io::Write as _, time::Duration};

use futures::future::join_all;
use harness::{
    Api, Cloud, Setup,
    cloud::{ESIM_WORKER, SWEEPER},
    wait,
};
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;
use tokio::time::sleep;

use super::{ORDER, completed, new_esim, placed, reseller};

const TYPE: &str = "scarce";
const PREFIX: &str = "8946117779";
const ORDERS: usize = 64;
const PROFILES: usize = 50;

/// A cloud whose leases, visibility time-outs and watchdog last one or two seconds.
fn short() -> Setup {
    Setup::new()
        .parameter("OrderWatchdogSeconds", 2)
        .parameter("WorkLeaseSeconds", 1)
        .parameter("WorkVisibilitySeconds", 1)
        .parameter("WorkMaxReceives", 1000)
}

fn file(content: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

/// Adds a product with its own, scarce profile type.
fn list_product(cloud: &Cloud) {
    let catalogue = json!({ "products": [{ "id": TYPE, "profileType": TYPE }] }).to_string();
    let catalogue = file(&catalogue);
    let path = catalogue.path().to_str().unwrap();
    cloud.operator(&["catalogue", "import", path, "--tenant", "demo-esim"]);
}

/// Adds profiles to the SM-DP+ and to the pool.
async fn add_profiles(cloud: &Cloud, profiles: usize) {
    let iccids = cloud.smdp.deliver(TYPE, PREFIX, profiles).await;
    let iccids = file(&iccids.join("\n"));
    let path = iccids.path().to_str().unwrap();
    cloud.operator(&["profiles", "import", path, "--type", TYPE]);
}

async fn ordered(api: &Api) -> Vec<String> {
    let order = new_esim(TYPE);
    let responses = join_all((0..ORDERS).map(|_| api.post(ORDER, &order))).await;
    responses.iter().map(placed).collect()
}

/// The numbers of orders that are completed and that wait for stock.
async fn counts(cloud: &Cloud) -> (usize, usize) {
    let orders = cloud.table.of_kind("ORDER").await;
    let count = |wanted: &dyn Fn(&Map<String, Value>) -> bool| {
        orders.iter().filter(|order| wanted(order)).count()
    };
    let done = count(&|order| order["status"] == "COMPLETED");
    (done, count(&|order| order.contains_key("needsInterventionSince")))
}

/// Checks that every order has its own profile, that the SM-DP+ released it after exactly one
/// order, and that the pool has the same assignment.
async fn assert_consistent(cloud: &Cloud, api: &Api, paths: &[String]) {
    let orders = join_all(paths.iter().map(|path| completed(api, path))).await;
    let at_smdp: BTreeMap<String, _> = cloud
        .smdp
        .profiles(TYPE)
        .await
        .into_iter()
        .map(|profile| (profile.iccid.clone(), profile))
        .collect();
    assert_eq!(at_smdp.len(), ORDERS);
    let items = cloud.table.all().await;
    let pool: BTreeMap<&str, &Map<String, Value>> = items
        .iter()
        .filter_map(|item| Some((item["pk"].as_str()?.strip_prefix("PROFILE#")?, item)))
        .collect();
    let mut taken = BTreeMap::new();
    for order in &orders {
        let output = &order["output"];
        let (id, iccid) = (order["id"].as_str().unwrap(), output["iccid"].as_str().unwrap());
        assert_eq!(taken.insert(iccid.to_owned(), id), None, "a profile has two orders");
        let profile = &at_smdp[iccid];
        assert_eq!((&*profile.state, profile.orders), ("Released", 1), "{profile:?}");
        assert_eq!(profile.matching_id.as_deref(), output["matchingId"].as_str());
        let pooled = pool[iccid];
        assert_eq!((&pooled["state"], &pooled["order"]), (&json!("used"), &json!(id)));
    }
    assert_eq!(taken.len(), ORDERS, "no profile is lost");
    let free = |item: &&Map<String, Value>| {
        item["pk"].as_str().is_some_and(|pk| pk.starts_with(&format!("POOL#{TYPE}#")))
    };
    assert_eq!(items.iter().filter(free).count(), 0, "no profile is free");
}

/// Supplies the missing 14 profiles and waits until all orders end.
async fn supplied(cloud: &Cloud, api: &Api, paths: &[String]) {
    add_profiles(cloud, ORDERS).await;
    wait::until("all orders end", async || {
        cloud.fire(SWEEPER).await;
        sleep(Duration::from_millis(500)).await;
        (counts(cloud).await == (ORDERS, 0)).then_some(())
    })
    .await;
    assert_consistent(cloud, api, paths).await;
}

#[tokio::test]
async fn of_sixty_four_orders_for_fifty_profiles_fourteen_wait_for_stock() {
    let cloud = Setup::new().start().await;
    list_product(&cloud);
    add_profiles(&cloud, PROFILES).await;
    let api = reseller(&cloud).await;
    let paths = ordered(&api).await;
    wait::until_is("completed and waiting", (PROFILES, ORDERS - PROFILES), async || {
        counts(&cloud).await
    })
    .await;
    cloud.drained(&[]).await;
    let listed = cloud.operator(&["--json", "order", "list", "--needs-intervention"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["orders"].as_array().map(Vec::len), Some(ORDERS - PROFILES), "{listed}");
    supplied(&cloud, &api, &paths).await;
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn killed_workers_assign_one_profile_per_order_and_lose_none() {
    let cloud = short().start().await;
    list_product(&cloud);
    add_profiles(&cloud, PROFILES).await;
    let api = reseller(&cloud).await;
    // Steps of each kind are in progress whenever the worker is killed.
    let faults = json!([
        { "mode": "answer-lost-after-doing", "function": "downloadOrder", "times": 4 },
        { "mode": "answer-lost-after-doing", "function": "confirmOrder", "times": 4 },
        { "mode": "delay-after-doing", "milliseconds": 40 },
    ]);
    cloud.smdp.misbehave(&faults).await;
    let paths = ordered(&api).await;
    let mut killed = 0;
    for _ in 0..8 {
        sleep(Duration::from_millis(fastrand::u64(20..250))).await;
        killed += cloud.kill(ESIM_WORKER).await;
    }
    assert!(killed > 0, "the worker never ran");
    cloud.smdp.behave().await;
    wait::until("50 orders end and 14 wait", async || {
        cloud.fire(SWEEPER).await;
        sleep(Duration::from_millis(500)).await;
        (counts(&cloud).await == (PROFILES, ORDERS - PROFILES)).then_some(())
    })
    .await;
    supplied(&cloud, &api, &paths).await;
    cloud.finish(&[]).await;
}
