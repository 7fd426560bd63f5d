//! Mixed orders, while workers and the switch are killed and connections are cut.

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures::future::join_all;

use crate::{
    cut::Cut,
    line::{Counts, ENNIS, Line},
    scene::Scene,
};

/// Lines that have orders at the same time.
const LINES: u64 = 5;
/// Orders of the short tier.
const ORDERS: u64 = 200;

fn given(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// Kills the switch every two seconds or so, until it is aborted; how often it has.
async fn kill_again_and_again(scene: Arc<Scene>, mut rng: Rng, kills: Arc<AtomicU64>) {
    loop {
        tokio::time::sleep(Duration::from_millis(rng.u64(1_000..3_000))).await;
        scene.kill_switch().await;
        kills.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_switch_is_what_the_claims_say_whatever_dies() {
    let seed = given("OVS_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let orders = given("OVS_ORDERS").unwrap_or(ORDERS);
    eprintln!("OVS_SEED={seed} OVS_ORDERS={orders}");
    let each = orders.div_ceil(LINES);
    let scene = Arc::new(Scene::start().await);
    let cut = Cut::start(scene.address.ovsdb.clone(), Rng::with_seed(seed)).await;
    let (counts, kills) = (Arc::new(Counts::default()), Arc::new(AtomicU64::new(0)));
    let began = Instant::now();
    let rng = Rng::with_seed(seed.wrapping_add(1));
    let killer = kill_again_and_again(Arc::clone(&scene), rng, Arc::clone(&kills));
    let killer = tokio::spawn(killer);
    let lines = (0..LINES).map(|index| {
        let rng = Rng::with_seed(seed.wrapping_add(2 + index));
        let mut line = Line::new(Arc::clone(&scene), Arc::clone(&counts), &cut.address, rng);
        tokio::spawn(async move {
            for _ in 0..each {
                line.order().await;
            }
        })
    });
    for line in join_all(lines).await {
        line.unwrap();
    }
    killer.abort();
    cut.stop();
    // A switch that was just killed is started again.
    scene.kill_switch().await;
    let claims = scene.agrees(&ENNIS).await;
    let [done, attempts, deaths, cancelled] =
        [&counts.orders, &counts.attempts, &counts.deaths, &counts.cancelled]
            .map(|count| count.load(Ordering::Relaxed));
    let (cuts, kills) = (cut.count.load(Ordering::Relaxed), kills.load(Ordering::Relaxed));
    eprintln!(
        "{done} orders in {:.1} s, {cancelled} of them cancelled: {attempts} attempts, {deaths} \
         workers died, {cuts} connections were cut, the switch was killed {kills} times; {claims} \
         S-VLAN ids at the end",
        began.elapsed().as_secs_f64()
    );
    assert_eq!(done, each * LINES);
    assert!(deaths > 0 && cuts > 0 && kills > 0);
}
