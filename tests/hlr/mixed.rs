//! Mixed orders, while workers and the register are killed and answers are cut.

use std::{
    collections::BTreeSet,
    env,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use fastrand::Rng;
use futures::future::join_all;

use crate::{
    cut::Cut,
    line::{Counts, Line, SIMS},
    scene::Scene,
};

/// Lines that have orders at the same time.
const LINES: u64 = 6;
/// Orders of the short tier.
const ORDERS: u64 = 60;

fn given(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// Kills the register every half second or so, until it is aborted; how often it has.
async fn kill_again_and_again(scene: Arc<Scene>, mut rng: Rng, kills: Arc<Counts>) {
    loop {
        tokio::time::sleep(Duration::from_millis(rng.u64(200..900))).await;
        scene.kill_register().await;
        kills.deaths.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_register_is_what_the_api_says_whatever_dies() {
    let seed = given("HLR_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let orders = given("HLR_ORDERS").unwrap_or(ORDERS);
    eprintln!("HLR_SEED={seed} HLR_ORDERS={orders}");
    let each = orders.div_ceil(LINES);
    assert!(each * 2 < SIMS);
    let sims = (0..LINES).flat_map(|line| line * SIMS..line * SIMS + 2 * each + 2);
    let scene = Arc::new(Scene::start(sims).await);
    let cut = Cut::start(scene.control.clone(), Rng::with_seed(seed)).await;
    let (counts, kills) = (Arc::new(Counts::default()), Arc::new(Counts::default()));
    let began = Instant::now();
    let killer = kill_again_and_again(
        Arc::clone(&scene),
        Rng::with_seed(seed.wrapping_add(1)),
        Arc::clone(&kills),
    );
    let killer = tokio::spawn(killer);
    let lines = (0..LINES).map(|index| {
        let rng = Rng::with_seed(seed.wrapping_add(2 + index));
        let mut line = Line::new(index, Arc::clone(&scene), Arc::clone(&counts), &cut.address, rng);
        tokio::spawn(async move {
            for _ in 0..each {
                line.order().await;
            }
            (index, line.next())
        })
    });
    let lines = join_all(lines).await;
    killer.abort();
    cut.stop();
    // A register that was just killed is started again.
    scene.kill_register().await;
    let (mut numbers, mut held) = (BTreeSet::new(), 0);
    for line in lines {
        let (index, next) = line.unwrap();
        for n in Line::sims(index, next) {
            scene.agrees(n).await;
            if let Some(record) = scene.record(n).await {
                held += 1;
                assert!(record.msisdn.is_none_or(|number| numbers.insert(number)), "SIM {n}");
            }
        }
    }
    let [done, attempts, deaths] = [&counts.orders, &counts.attempts, &counts.deaths]
        .map(|count| count.load(Ordering::Relaxed));
    let (cuts, kills) = (cut.count.load(Ordering::Relaxed), kills.deaths.load(Ordering::Relaxed));
    eprintln!(
        "{done} orders in {:.1} s: {attempts} attempts, {deaths} workers died, {cuts} answers or \
         commands were cut, the register was killed {kills} times; {held} subscribers at the end",
        began.elapsed().as_secs_f64()
    );
    assert_eq!(done, each * LINES);
    assert!(deaths > 0 && cuts > 0 && kills > 0);
}
