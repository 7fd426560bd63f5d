//! The whole local cloud: orders a second from the call to COMPLETED, and how long messages take.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use harness::{Api, Cloud, Setup, wait};
use serde_json::json;
use testkit::numbers;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::stats::Summary;

/// Callers that each wait for their order before they place the next.
const CALLERS: u64 = 16;
/// The first look at an order, and each further one: as a client that has two readings of each.
const FIRST_LOOK: Duration = Duration::from_millis(40);
const LOOK: Duration = Duration::from_millis(20);
/// No order takes longer.
const LONGEST: Duration = Duration::from_secs(60);

/// Orders a second with so many orders stored.
#[derive(Debug, Clone)]
pub(crate) struct Throughput {
    pub(crate) stored: u64,
    pub(crate) orders: u64,
    pub(crate) per_second: f64,
    /// From the call to COMPLETED, milliseconds.
    pub(crate) took: Summary,
}

/// Measures with each number of stored orders in turn, on one local cloud.
///
/// # Errors
/// An order is refused, or does not end.
pub(crate) async fn throughput(stored: &[u64], orders: u64) -> Result<Vec<Throughput>> {
    let cloud = Setup::new().start().await;
    let apis = [cloud.api(), cloud.other()];
    let mut next = 1;
    // Everything has been called once.
    batch(&apis, &mut next, CALLERS * 2).await?;
    let first = place(&apis[0], next).await?;
    next += 1;
    completed(&apis[0], first).await?;
    let mut there = 0;
    let mut found = Vec::new();
    for &wanted in stored {
        if wanted > there + 1_000 {
            cloud.table.multiply(first, wanted - there).await;
            there = wanted;
            // The relay reads the new records before those of this order.
            batch(&apis, &mut next, CALLERS).await?;
        }
        let begin = Instant::now();
        let took = batch(&apis, &mut next, orders).await?;
        #[expect(clippy::cast_precision_loss, reason = "there are few orders")]
        let per_second = orders as f64 / begin.elapsed().as_secs_f64();
        let took = Summary::of(&took);
        found.push(Throughput { stored: wanted, orders, per_second, took });
    }
    Ok(found)
}

/// Lets the callers place orders; how long each took in milliseconds.
async fn batch(apis: &[Api; 2], next: &mut u64, orders: u64) -> Result<Vec<f64>> {
    let each = orders.div_ceil(CALLERS);
    let first = *next;
    *next += each * CALLERS;
    let callers = (0..CALLERS).map(|caller| {
        let api = &apis[usize::from(caller % 2 == 1)];
        async move {
            let mut took = Vec::new();
            for n in 0..each {
                let begin = Instant::now();
                let order = place(api, first + caller * each + n).await?;
                completed(api, order).await?;
                took.push(begin.elapsed().as_secs_f64() * 1e3);
            }
            anyhow::Ok(took)
        }
    });
    Ok(try_join_all(callers).await?.concat())
}

async fn place(api: &Api, n: u64) -> Result<u64> {
    let body = json!({ "iccid": numbers::iccid(n), "msisdn": numbers::msisdn(n) });
    let placed = api.post("/ecc/v1/subscriptions", &body).await;
    ensure!(placed.status == 202, "{placed:?}");
    Ok(placed.order())
}

async fn completed(api: &Api, order: u64) -> Result<()> {
    let end = Instant::now() + LONGEST;
    tokio::time::sleep(FIRST_LOOK).await;
    loop {
        let found = api.get(&format!("/ecc/v1/orders/{order}")).await;
        match found.body["status"].as_str() {
            Some("COMPLETED") => return Ok(()),
            // Of a tenant that looks too often.
            _ if found.status == 429 => {}
            Some("PROVISIONING") => {}
            _ => anyhow::bail!("{found:?}"),
        }
        ensure!(Instant::now() < end, "order {order} is not COMPLETED within {LONGEST:?}");
        tokio::time::sleep(LOOK).await;
    }
}

/// How long after its status change a message reaches a healthy endpoint, when `orders` are placed
/// at once: milliseconds.
///
/// # Errors
/// An order is refused, or a message does not come.
pub(crate) async fn deliveries(orders: u64) -> Result<Summary> {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let body = json!({ "url": cloud.sink.endpoint("all"), "events": ["*"] });
    let created = api.post("/webhooks", &body).await;
    ensure!(created.status == 201, "{created:?}");
    // The first one starts every function.
    let first = place(&api, 1).await?;
    completed(&api, first).await?;
    let before = messages(&cloud, 2).await?.len();
    try_join_all((2..2 + orders).map(|n| place(&api, n))).await?;
    let count = before + usize::try_from(orders)? * 2;
    let all = messages(&cloud, count).await?;
    Ok(Summary::of(&all[before..]))
}

/// The delays of all messages, once there are so many.
async fn messages(cloud: &Cloud, count: usize) -> Result<Vec<f64>> {
    let poll = async || {
        let received = cloud.sink.received().await;
        (received.len() >= count).then_some(received)
    };
    let received = wait::within(LONGEST, "messages", poll).await;
    let delay = |message: &harness::sink::ReceivedMessage| {
        let said = message.body["timestamp"].as_str().context("a message without a time")?;
        let read = |text: &str| OffsetDateTime::parse(text, &Rfc3339);
        Ok((read(&message.at)? - read(said)?).as_seconds_f64() * 1e3)
    };
    received.iter().map(delay).collect()
}
