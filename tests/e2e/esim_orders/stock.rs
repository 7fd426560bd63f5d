//! 64 orders, 50 profiles, and workers that are killed.

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

/// Leases, hidden messages and the watchdog last a second or two.
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

/// A product of its own, whose type of profile is scarce.
fn list_product(cloud: &Cloud) {
    let catalogue = json!({ "products": [{ "id": TYPE, "profileType": TYPE }] }).to_string();
    let catalogue = file(&catalogue);
    let path = catalogue.path().to_str().unwrap();
    cloud.operator(&["catalogue", "import", path, "--tenant", "demo-esim"]);
}

/// So many profiles are at the SM-DP+ and in the pool now.
async fn stocked(cloud: &Cloud, profiles: usize) {
    let iccids = cloud.smdp.deliver(TYPE, PREFIX, profiles).await;
    let iccids = file(&iccids.join("\n"));
    let path = iccids.path().to_str().unwrap();
    cloud.operator(&["profiles", "import", path, "--type", TYPE]);
}

async fn ordered(api: &Api) -> Vec<String> {
    let order = new_esim(TYPE);
    let answers = join_all((0..ORDERS).map(|_| api.post(ORDER, &order))).await;
    answers.iter().map(placed).collect()
}

/// Orders as (completed, waiting for stock).
async fn standing(cloud: &Cloud) -> (usize, usize) {
    let orders = cloud.table.of_kind("ORDER").await;
    let count = |wanted: &dyn Fn(&Map<String, Value>) -> bool| {
        orders.iter().filter(|order| wanted(order)).count()
    };
    let done = count(&|order| order["status"] == "COMPLETED");
    (done, count(&|order| order.contains_key("needsInterventionSince")))
}

/// Every order has one profile of its own, released to it at the SM-DP+, which has seen one order
/// for each; and the pool says the same.
async fn agree(cloud: &Cloud, api: &Api, paths: &[String]) {
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
    let place = |item: &&Map<String, Value>| {
        item["pk"].as_str().is_some_and(|pk| pk.starts_with(&format!("POOL#{TYPE}#")))
    };
    assert_eq!(items.iter().filter(place).count(), 0, "none is offered any more");
}

/// The pool gets what 14 orders wait for, and they end.
async fn supplied(cloud: &Cloud, api: &Api, paths: &[String]) {
    stocked(cloud, ORDERS).await;
    wait::until("all orders end", async || {
        cloud.fire(SWEEPER).await;
        sleep(Duration::from_millis(500)).await;
        (standing(cloud).await == (ORDERS, 0)).then_some(())
    })
    .await;
    agree(cloud, api, paths).await;
}

#[tokio::test]
async fn sixty_four_orders_on_fifty_profiles_leave_fourteen_waiting_for_stock() {
    let cloud = Setup::new().start().await;
    list_product(&cloud);
    stocked(&cloud, PROFILES).await;
    let api = reseller(&cloud).await;
    let paths = ordered(&api).await;
    wait::until_is("completed and waiting", (PROFILES, ORDERS - PROFILES), async || {
        standing(&cloud).await
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
async fn workers_killed_at_any_moment_give_each_order_one_profile_and_lose_none() {
    let cloud = short().start().await;
    list_product(&cloud);
    stocked(&cloud, PROFILES).await;
    let api = reseller(&cloud).await;
    // Something of each kind is under way whenever the worker dies.
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
        (standing(&cloud).await == (PROFILES, ORDERS - PROFILES)).then_some(())
    })
    .await;
    supplied(&cloud, &api, &paths).await;
    cloud.finish(&[]).await;
}
