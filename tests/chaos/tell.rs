//! Publishing under faults: killed functions and misbehaving receivers.

use std::{collections::BTreeSet, time::Duration};

use harness::{Api, Cloud, Setup, cloud::SWEEPER};
use serde_json::{Value, json};
use testkit::numbers;
use tokio::time::{Instant, sleep};

use crate::{
    outcome::{self, Outcome},
    receiver::{Arrival, MISBEHAVING, Receiver},
    tier,
};

const ALL: &str = "/ecc/v1/subscriptions";
/// A killed sender holds its slot for 40 seconds.
const LONGEST: Duration = Duration::from_secs(150);

/// Registers an endpoint and returns its path.
async fn endpoint(api: &Api, url: String) -> String {
    let body = json!({ "url": url, "events": ["order.*"] });
    let response = api.post("/webhooks", &body).await;
    assert_eq!(response.status, 201, "{response:?}");
    format!("/webhooks/{}", response.body["id"].as_str().unwrap())
}

fn sim(n: usize) -> Value {
    json!({ "iccid": numbers::iccid(u64::try_from(n).unwrap()) })
}

/// Runs the sweeper once a second until `done`.
async fn sweep_until(cloud: &Cloud, what: &str, done: impl AsyncFn() -> bool) {
    let end = Instant::now() + LONGEST;
    while !done().await {
        assert!(Instant::now() < end, "not within {LONGEST:?}: {what}");
        sleep(Duration::from_secs(1)).await;
        cloud.fire(SWEEPER).await;
    }
}

#[tokio::test]
async fn killed_functions_leave_no_status_change_unpublished() {
    let (mut rng, begin, mut kills) = (tier::rng(), Instant::now(), 0);
    let cloud = Setup::new()
        .parameter("OrderWatchdogSeconds", 2)
        .parameter("WorkLeaseSeconds", 1)
        .parameter("WorkVisibilitySeconds", 1)
        .parameter("WorkMaxReceives", 1000)
        .start()
        .await;
    let api = cloud.api();
    endpoint(&api, cloud.sink.endpoint("all")).await;
    // The feed begins.
    api.get("/ecc/v1/events/order").await.expect(200, "");
    let killed = ["outbox-relay", "notification-fanout", "webhook-sender", "subscription-worker"];
    let mut orders = Vec::new();
    for round in 0..tier::rounds(8, 100) {
        for n in 1..=3 {
            orders.push(api.post(ALL, &sim(3 * round + n)).await.order());
        }
        sleep(Duration::from_millis(rng.u64(0..400))).await;
        let function = killed[rng.usize(0..killed.len())];
        let count = cloud.kill(function).await;
        eprintln!("{count} of {function} killed");
        kills += count;
    }
    let both = BTreeSet::from([1, 2]);
    sweep_until(&cloud, "both status changes of every order are published", async || {
        let taken = cloud.sink.accepted("all").await;
        orders.iter().all(|order| taken.get(&order.to_string()) == Some(&both))
    })
    .await;
    let received = cloud.sink.received().await;
    assert!(received.iter().all(|message| message.verified == Some(true)));
    let events = async || {
        let page = api.get("/ecc/v1/events/order?first-element=1&limit=100").await;
        let events = page.expect(200, "").body["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["sequence-number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let count = u64::try_from(orders.len()).unwrap().min(100);
    assert_eq!(events().await, (1..=count).collect::<Vec<_>>());
    Outcome {
        test: "publishing",
        what: "tell",
        workload: format!("{} ECC orders", orders.len()),
        faults: format!("{kills} functions killed between order and endpoint"),
        violations: 0,
        took: begin.elapsed(),
    }
    .report();
}

/// The 99th percentile of the delays from a status change to its arrival.
fn slowest(arrivals: &[Arrival]) -> Duration {
    let mut delays: Vec<Duration> = arrivals.iter().map(|arrival| arrival.delay).collect();
    delays.sort();
    delays[(delays.len() * 99).div_ceil(100) - 1]
}

/// Places orders sequentially and waits until the well-behaved receiver has all messages.
async fn placed(cloud: &Cloud, good: &Receiver, from: usize, count: usize) -> Vec<Arrival> {
    let api = cloud.api();
    for n in from..from + count {
        api.post(ALL, &sim(n)).await.order();
        // The table of the local cloud is a single, unoptimised process.
        sleep(Duration::from_millis(900)).await;
    }
    let end = Instant::now() + LONGEST;
    loop {
        let arrivals = good.take_if(2 * count);
        if let Some(arrivals) = arrivals {
            return arrivals;
        }
        assert!(Instant::now() < end, "the well-behaved receiver lacks messages");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_misbehaving_receiver_delays_no_other_and_uses_bounded_memory() {
    let begin = Instant::now();
    // Fewer instances than a deployed sender may have.
    let cloud = Setup::new().concurrency(32).start().await;
    let (api, receiver) = (cloud.api(), Receiver::start().await);
    endpoint(&api, receiver.url("good")).await;
    // The baseline has as many receivers, so that only their behaviour differs.
    let mut well_behaved = Vec::new();
    for n in 0..MISBEHAVING.len() {
        well_behaved.push(endpoint(&api, receiver.url(&format!("well-behaved{n}"))).await);
    }
    let rounds = tier::rounds(24, 100);
    let baseline = placed(&cloud, &receiver, 1, rounds).await;
    for path in well_behaved {
        assert_eq!(api.delete(&path).await.status, 204);
    }
    for path in MISBEHAVING {
        endpoint(&api, receiver.url(path)).await;
    }
    let mut delays = json!({ "beside well-behaved endpoints": milliseconds(&baseline) });
    let baseline = slowest(&baseline);
    // Other tests share the machine: one slow run may be caused by them, three are caused by the
    // receivers.
    let mut runs = Vec::new();
    while runs.len() < 3 && runs.iter().all(|p99| *p99 >= baseline + Duration::from_secs(1)) {
        let from = (runs.len() + 1) * rounds + 1;
        let arrivals = placed(&cloud, &receiver, from, rounds).await;
        delays[format!("beside misbehaving endpoints, run {}", runs.len() + 1)] =
            milliseconds(&arrivals).into();
        runs.push(slowest(&arrivals));
    }
    eprintln!(
        "99th percentile: with well-behaved receivers {baseline:?}, with misbehaving ones {runs:?}"
    );
    let kept = runs.iter().any(|p99| *p99 < baseline + Duration::from_secs(1));
    assert!(kept, "with well-behaved receivers {baseline:?}, with misbehaving ones {runs:?}");
    for path in MISBEHAVING {
        assert!(receiver.calls(path) > 0, "{path} was not called");
    }
    for (pid, _) in cloud.instances("webhook-sender").await {
        let peak = peak_memory(pid);
        assert!(peak < 128 * 1024, "a sender took {peak} KiB");
    }
    outcome::keep("receivers.delays", &delays);
    Outcome {
        test: "receivers",
        what: "tell",
        workload: format!("{} messages to an endpoint", 2 * rounds * (runs.len() + 1)),
        faults: format!(
            "{} endpoints misbehave; slowest of a hundred {baseline:.1?} before, then {runs:.1?}",
            MISBEHAVING.len()
        ),
        violations: 0,
        took: begin.elapsed(),
    }
    .report();
}

/// The delays of messages.
fn milliseconds(arrivals: &[Arrival]) -> Vec<f64> {
    arrivals.iter().map(|arrival| arrival.delay.as_secs_f64() * 1_000.0).collect()
}

/// The peak memory of a process, in KiB.
fn peak_memory(pid: u64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
