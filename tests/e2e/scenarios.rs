//! Every scenario of the published table (`infra/docs/guides/scenarios.md`), by a client that knows
//! the page alone: all of them in random order, and 20 at once. Also the walk-through of a sandbox
//! (`infra/docs/walkthroughs/sandbox.md`).

mod observed;
mod table;

use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use harness::{Cloud, Setup, template::text, wait};

use observed::{Clients, run};
use table::Row;

const PAGE: &str = "infra/docs/guides/scenarios.md";
/// At the same time.
const AT_ONCE: usize = 20;

async fn sandbox() -> Cloud {
    Setup::new().sandbox().scheduled(10).start().await
}

fn rows() -> Vec<Row> {
    let rows = table::read(&text(PAGE));
    assert!(rows.len() >= 60, "{}", rows.len());
    rows
}

/// Those that last a minute run once, with the others.
fn lasts_a_minute(row: &Row) -> bool {
    row.least >= Duration::from_secs(60)
}

#[tokio::test]
async fn every_scenario_takes_the_course_that_the_page_says() {
    let cloud = sandbox().await;
    let clients = Clients::new(&cloud).await;
    let mut rows = rows();
    fastrand::shuffle(&mut rows);
    // By the number as by the SIM: a minute once.
    let mut minutes = 0;
    rows.retain(|row| {
        !lasts_a_minute(row) || {
            minutes += 1;
            minutes == 1
        }
    });
    let faults: Vec<String> = stream::iter(&rows)
        .map(|row| run(&clients, row))
        .buffer_unordered(AT_ONCE)
        .filter_map(async |result| result.err())
        .collect()
        .await;
    assert!(faults.is_empty(), "{faults:#?}");
    // A network, an SM-DP+ or a Seller was called for none of them.
    let ledger = cloud.network.ledger().await;
    assert!(ledger.is_empty(), "{ledger:?}");
}

#[tokio::test]
async fn scenarios_follow_each_other_in_random_order() {
    let cloud = sandbox().await;
    let clients = Clients::new(&cloud).await;
    let mut rows: Vec<Row> = rows().into_iter().filter(|row| row.most > Duration::ZERO).collect();
    rows.retain(|row| row.least.is_zero());
    fastrand::shuffle(&mut rows);
    for row in rows.iter().take(25) {
        run(&clients, row).await.unwrap();
    }
}

#[tokio::test]
async fn an_order_that_waits_for_a_person_is_listed_for_the_operator() {
    let cloud = sandbox().await;
    let clients = Clients::new(&cloud).await;
    let waiting: Vec<Row> = rows().into_iter().filter(|row| row.most.is_zero()).collect();
    assert_eq!(waiting.len(), 4, "by SIM, number, address and purchase order number");
    let mut ids = Vec::new();
    for row in &waiting {
        ids.push(run(&clients, row).await.unwrap());
    }
    let listed = |id: &String| {
        cloud.operator(&["order", "list", "--needs-intervention"]).contains(id.as_str())
    };
    wait::until("all are listed", async || ids.iter().all(listed).then_some(())).await;
    let reason = ["--as", "COMPLETED", "--reason", "tried"];
    cloud.operator(&[&["order", "resolve", &ids[0]], &reason[..]].concat());
    let ended = clients.ecc.completed(ids[0].parse().unwrap()).await;
    assert_eq!(ended["reason"], "tried");
}

#[tokio::test]
async fn a_reserved_value_without_a_scenario_is_refused_in_a_sandbox() {
    let cloud = sandbox().await;
    let clients = Clients::new(&cloud).await;
    let unknown = |api: &str, value: &str| table::unknown(api, value);
    for row in [unknown("ecc", "8999999"), unknown("esim", "@s99.scenario.test")] {
        let why = run(&clients, &row).await.unwrap_err();
        assert!(why.contains("422") && why.contains("RESERVED_VALUE"), "{why}");
    }
    let why = run(&clients, &unknown("carrier", "SANDBOX99")).await.unwrap_err();
    assert!(why.contains("422") && why.contains("FMT030"), "{why}");
}

/// Without its own place in the table: the page says it in words.
#[tokio::test]
async fn endpoints_are_told_late_of_an_order_that_ended_at_once() {
    let cloud = sandbox().await;
    let clients = Clients::new(&cloud).await;
    let late = rows().into_iter().find(|row| row.value == "8999941").unwrap();
    let begin = Instant::now();
    let order = run(&clients, &late).await.unwrap();
    let took = begin.elapsed();
    assert!(took > Duration::from_secs(13), "{took:?}: {order}");
    // Later does not mean out of order, nor twice: the events were those of the page.
}
