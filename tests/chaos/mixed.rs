//! Orders of every kind at once, under load, while everything breaks: calls to AWS, the network and
//! receivers fail in every way, functions are killed and paused at each of their calls and at any
//! moment, or AWS is away. Afterwards table, queues, the ledgers of the simulators and the clients'
//! own history decide the invariants of `infra/docs/architecture.md`.

mod clients;
mod course;
mod history;
mod verdict;

use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::{StreamExt as _, stream};
use harness::{Cloud, Faults, Odds, Setup};
use serde_json::json;
use testkit::faults::Point;
use tokio::time::sleep;

use self::{clients::Clients, course::Course, history::History};
use crate::{
    outcome::{self, Outcome},
    tier,
};

/// Longer than the lease, and than the time-out of an attempt.
const PAUSE: Duration = Duration::from_millis(3_500);
/// So long a run may need to come to rest after its last fault: a killed sender holds its slot for
/// 40 seconds.
const REST: Duration = Duration::from_secs(240);

/// A run.
struct Plan {
    test: &'static str,
    faults: String,
    odds: Odds,
    orders: usize,
    /// Clients that wait for a response at the same time.
    at_once: usize,
    /// Every so often all instances of a function are killed, whatever they do.
    kill_every: Option<Duration>,
    /// When AWS goes away, and for how long.
    blackout: Option<(Duration, Duration)>,
}

fn setup(faults: &Faults) -> Setup {
    Setup::new()
        .faults(faults)
        .scheduled(6)
        .parameter("OrderWatchdogSeconds", 8)
        .parameter("WorkLeaseSeconds", 2)
        .parameter("WorkVisibilitySeconds", 5)
        .parameter("WorkMaxReceives", 1000)
}

/// Kills every instance of a function that is drawn, again and again.
async fn killing(cloud: &Cloud, every: Option<Duration>, mut rng: Rng) {
    let Some(every) = every else { return std::future::pending().await };
    loop {
        sleep(every.mul_f64(rng.f64() * 2.0)).await;
        let running: Vec<String> = cloud.running().await.into_iter().collect();
        if let Some(function) = rng.choice(&running) {
            cloud.kill(function).await;
        }
    }
}

async fn blackout(faults: &Faults, course: &Course, blackout: Option<(Duration, Duration)>) {
    let Some((after, length)) = blackout else { return };
    sleep(after).await;
    course.mark();
    faults.blackout(true);
    sleep(length).await;
    faults.blackout(false);
    course.mark();
}

/// Places the orders, until each client has what it wanted.
async fn placed(clients: &Clients, plan: &Plan) {
    let all = stream::iter(0..plan.orders).map(|n| clients.act(n));
    all.buffer_unordered(plan.at_once).collect::<Vec<()>>().await;
}

async fn run(plan: Plan) {
    let mut rng = tier::rng();
    let begin = Instant::now();
    let faults = Faults::start(rng.u64(..), plan.odds, PAUSE).await;
    let cloud = setup(&faults).start().await;
    let history = History::default();
    let clients = Clients::new(&cloud, &faults, &history).await;
    let course = Course::begin(&history);
    faults.begin();
    {
        let load = async {
            futures::join!(placed(&clients, &plan), blackout(&faults, &course, plan.blackout));
        };
        tokio::select! {
            () = load => {}
            () = killing(&cloud, plan.kill_every, rng.fork()) => unreachable!("it kills for ever"),
            () = course.observe(&cloud) => unreachable!("it observes for ever"),
        }
    }
    faults.end();
    eprintln!("{} placed after {:.1?}", history.summary(), begin.elapsed());
    let rested = tokio::select! {
        rested = verdict::rest(&cloud, &history, REST) => rested,
        () = course.observe(&cloud) => unreachable!("it observes for ever"),
    };
    let mut violations = history.wrong();
    violations.extend(rested.err());
    violations.extend(verdict::violations(&cloud, &clients, &history).await);
    if plan.blackout.is_some() {
        course.write(plan.test);
    }
    let points = faults.happened().into_iter().map(|(point, count)| {
        let Point { function, operation, fault } = point;
        json!([function, operation, format!("{fault:?}"), count])
    });
    outcome::keep(&format!("{}.points", plan.test), &points.collect());
    let (kills, points) = faults.kills();
    Outcome {
        test: plan.test,
        what: plan.test,
        workload: format!("{}, {} clients at once", history.summary(), plan.at_once),
        faults: format!(
            "{}: {} faults, {kills} kills at {points} points, {} pauses",
            plan.faults,
            faults.count(),
            faults.pauses()
        ),
        violations: violations.len(),
        took: begin.elapsed(),
    }
    .report();
    assert!(violations.is_empty(), "{} violations: {violations:#?}", violations.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_of_every_kind_survive_faults_of_aws_kills_and_pauses() {
    run(Plan {
        test: "faults",
        faults: "calls to AWS, network and receivers".to_owned(),
        odds: Odds { faults: 250, kills: 25, pauses: 8, first_kills: 0 },
        orders: tier::rounds(20, 5_000),
        at_once: 8,
        kill_every: Some(Duration::from_secs(2)),
        blackout: None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_of_every_kind_survive_kills_before_and_after_each_call() {
    run(Plan {
        test: "kills",
        faults: "each call of each function, before and after it".to_owned(),
        odds: Odds { faults: 0, kills: 100, pauses: 0, first_kills: 1 },
        orders: tier::rounds(20, 2_000),
        at_once: 8,
        kill_every: None,
        blackout: None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_of_every_kind_survive_a_blackout() {
    let seconds = if tier::is_long() { 120 } else { 10 };
    run(Plan {
        test: "blackout",
        faults: format!("table and queues away for {seconds} s"),
        odds: Odds::default(),
        orders: tier::rounds(20, 2_000),
        at_once: 8,
        kill_every: None,
        blackout: Some((Duration::from_secs(5), Duration::from_secs(seconds))),
    })
    .await;
}
