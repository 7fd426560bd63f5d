//! Telling while things break: functions die, receivers are nasty.

use std::{collections::BTreeSet, time::Duration};

use harness::{Api, Cloud, Setup, cloud::SWEEPER};
use serde_json::{Value, json};
use testkit::numbers;
use tokio::time::{Instant, sleep};

use crate::{
    receiver::{Arrival, NASTY, Receiver},
    tier,
};

const ALL: &str = "/ecc/v1/subscriptions";
/// A killed sender holds its slot for 40 seconds.
const LONGEST: Duration = Duration::from_secs(150);

/// Registers an endpoint; its path.
async fn endpoint(api: &Api, url: String) -> String {
    let body = json!({ "url": url, "events": ["order.*"] });
    let answer = api.post("/webhooks", &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    format!("/webhooks/{}", answer.body["id"].as_str().unwrap())
}

fn sim(n: usize) -> Value {
    json!({ "iccid": numbers::iccid(u64::try_from(n).unwrap()) })
}

/// Sweeps once a second until it is so.
async fn swept(cloud: &Cloud, what: &str, done: impl AsyncFn() -> bool) {
    let end = Instant::now() + LONGEST;
    while !done().await {
        assert!(Instant::now() < end, "not within {LONGEST:?}: {what}");
        sleep(Duration::from_secs(1)).await;
        cloud.fire(SWEEPER).await;
    }
}

#[tokio::test]
async fn functions_killed_at_any_moment_leave_no_state_untold() {
    let mut chance = tier::chance();
    let cloud = Setup::new()
        .parameter("OrderWatchdogSeconds", 2)
        .parameter("WorkLeaseSeconds", 1)
        .parameter("WorkVisibilitySeconds", 1)
        .parameter("WorkMaxReceives", 1000)
        .start()
        .await;
    let api = cloud.api();
    endpoint(&api, cloud.sink.endpoint("all")).await;
    let killed = ["outbox-relay", "notification-fanout", "webhook-sender", "subscription-worker"];
    let mut orders = Vec::new();
    for round in 0..tier::rounds(8) {
        for n in 1..=3 {
            orders.push(api.post(ALL, &sim(3 * round + n)).await.order());
        }
        sleep(Duration::from_millis(chance.u64(0..400))).await;
        let function = killed[chance.usize(0..killed.len())];
        let count = cloud.kill(function).await;
        eprintln!("{count} of {function} killed");
    }
    let both = BTreeSet::from([1, 2]);
    swept(&cloud, "both states of every order are told", async || {
        let taken = cloud.sink.taken("all").await;
        orders.iter().all(|order| taken.get(&order.to_string()) == Some(&both))
    })
    .await;
    let heard = cloud.sink.heard().await;
    assert!(heard.iter().all(|heard| heard.verified == Some(true)));
    let events = async || {
        let page = api.get("/ecc/v1/events/order?first-element=1&limit=100").await;
        let events = page.expect(200, "").body["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["sequence-number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let count = u64::try_from(2 * orders.len()).unwrap().min(100);
    assert_eq!(events().await, (1..=count).collect::<Vec<_>>());
}

/// The 99th percentile of the delays, from a state to its arrival.
fn slowest(arrivals: &[Arrival]) -> Duration {
    let mut delays: Vec<Duration> = arrivals.iter().map(|arrival| arrival.delay).collect();
    delays.sort();
    delays[(delays.len() * 99).div_ceil(100) - 1]
}

/// Places orders one after the other, and waits until the good receiver has heard of all.
async fn placed(cloud: &Cloud, good: &Receiver, from: usize, count: usize) -> Vec<Arrival> {
    let api = cloud.api();
    for n in from..from + count {
        api.post(ALL, &sim(n)).await.order();
        // The table of the local cloud is one process, and not an optimised one.
        sleep(Duration::from_millis(900)).await;
    }
    let end = Instant::now() + LONGEST;
    loop {
        let arrivals = good.take_if(2 * count);
        if let Some(arrivals) = arrivals {
            return arrivals;
        }
        assert!(Instant::now() < end, "the good receiver did not hear of everything");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_nasty_receiver_delays_nobody_else_and_costs_bounded_memory() {
    // Fewer than a deployed sender may have.
    let cloud = Setup::new().concurrency(32).start().await;
    let (api, receiver) = (cloud.api(), Receiver::start().await);
    endpoint(&api, receiver.url("good")).await;
    // As many receivers, first nice ones: what they do is compared, not how many there are.
    let mut nice = Vec::new();
    for n in 0..NASTY.len() {
        nice.push(endpoint(&api, receiver.url(&format!("nice{n}"))).await);
    }
    let rounds = tier::rounds(24);
    let friends = placed(&cloud, &receiver, 1, rounds).await;
    for path in nice {
        assert_eq!(api.delete(&path).await.status, 204);
    }
    for nasty in NASTY {
        endpoint(&api, receiver.url(nasty)).await;
    }
    let friends = slowest(&friends);
    // The machine is this test's and its neighbours': what is slow once may be theirs, what is
    // slow three times is ours.
    let mut foes = Vec::new();
    while foes.len() < 3 && foes.iter().all(|p99| *p99 >= friends + Duration::from_secs(1)) {
        let from = (foes.len() + 1) * rounds + 1;
        foes.push(slowest(&placed(&cloud, &receiver, from, rounds).await));
    }
    eprintln!("99th percentile: beside nice ones {friends:?}, beside nasty ones {foes:?}");
    let kept = foes.iter().any(|p99| *p99 < friends + Duration::from_secs(1));
    assert!(kept, "beside nice ones {friends:?}, beside nasty ones {foes:?}");
    for nasty in NASTY {
        assert!(receiver.calls(nasty) > 0, "{nasty} was not called");
    }
    for (pid, _) in cloud.instances("webhook-sender").await {
        let peak = peak_memory(pid);
        assert!(peak < 128 * 1024, "a sender took {peak} KiB");
    }
}

/// The most memory a process has had, in KiB.
fn peak_memory(pid: u64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
