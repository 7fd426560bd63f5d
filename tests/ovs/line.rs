//! Random orders of one Buyer's site, one after the other.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::carrier::OrderStatus;
use fastrand::Rng;
use lambda::sqs_batch::Outcome;
use serde_json::{Value, json};

use crate::scene::{Scene, Worker, change, disconnection, installation, rate};

/// The ENNIs that all lines share.
pub(crate) const ENNIS: [&str; 2] = ["ENNI-1", "ENNI-2"];
/// Attempts that an order may need, however much dies.
const MOST_ATTEMPTS: u32 = 200;
/// Calls within which a worker dies that dies.
const CALLS: usize = 8;

/// What happened to workers.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) orders: AtomicU64,
    pub(crate) attempts: AtomicU64,
    pub(crate) deaths: AtomicU64,
    pub(crate) cancelled: AtomicU64,
}

/// A service that is there.
struct Service {
    uni: String,
    ovc: String,
    enni: &'static str,
}

pub(crate) struct Line {
    scene: Arc<Scene>,
    counts: Arc<Counts>,
    worker: Worker,
    rng: Rng,
    /// What the line has. A line has a few at the same time.
    services: Vec<Service>,
}

impl Line {
    pub(crate) fn new(scene: Arc<Scene>, counts: Arc<Counts>, ovsdb: &str, rng: Rng) -> Self {
        let worker = scene.worker(ovsdb);
        Self { scene, counts, worker, rng, services: Vec::new() }
    }

    /// Places an order of any kind and carries it out; now and then the Buyer cancels it on the way.
    pub(crate) async fn order(&mut self) {
        let is_new = self.services.is_empty() || (self.services.len() < 4 && self.rng.bool());
        let cancels_after = (self.rng.u8(..5) == 0).then(|| self.rng.u32(..8));
        let (status, service) = if is_new {
            let enni = ENNIS[self.rng.usize(..ENNIS.len())];
            let detail = self.detail();
            let (id, _) = self.scene.placed("INSTALL", &installation(enni, &detail)).await;
            let unique = id.trim_start_matches("ORD-");
            let (uni, ovc) = (format!("UNI-{unique}-02"), format!("OVC-{unique}-01"));
            (self.carried_out(&id, cancels_after).await, Service { uni, ovc, enni })
        } else {
            let index = self.rng.usize(..self.services.len());
            let service = self.services.swap_remove(index);
            let Service { uni, ovc, enni } = &service;
            if self.rng.bool() {
                let detail = self.detail();
                let (id, _) = self.scene.placed("CHANGE", &change(ovc, uni, enni, &detail)).await;
                self.carried_out(&id, cancels_after).await;
                self.services.push(service);
                return;
            }
            let items = disconnection(&[uni, ovc]);
            let (id, _) = self.scene.placed("DISCONNECT", &items).await;
            (self.carried_out(&id, cancels_after).await, service)
        };
        // What was installed is there, and so is what was not ended.
        if is_new == (status == OrderStatus::Completed) {
            self.services.push(service);
        }
    }

    /// A rate, or S-VLAN ids of the Seller's choice, or both.
    fn detail(&mut self) -> Value {
        if self.rng.bool() { rate(self.rng.u64(1..=1_000)) } else { json!({}) }
    }

    /// The worker receives the order until it has ended, and dies on the way as often as not.
    async fn carried_out(&mut self, id: &str, cancels_after: Option<u32>) -> OrderStatus {
        for attempt in 0..MOST_ATTEMPTS {
            if cancels_after == Some(attempt) {
                // A completed one cannot be.
                let path = format!("/orders/{id}/cancel");
                if self.scene.call("POST", &path, None).await.status == 200 {
                    self.counts.cancelled.fetch_add(1, Ordering::Relaxed);
                }
            }
            if self.rng.bool() {
                self.worker.switch.die(self.rng.usize(..CALLS));
            }
            self.counts.attempts.fetch_add(1, Ordering::Relaxed);
            match self.worker.work(id).await {
                None => {
                    self.counts.deaths.fetch_add(1, Ordering::Relaxed);
                }
                Some(Outcome::Done | Outcome::Retry(_)) => {}
                Some(Outcome::Poison(why)) => panic!("{id}: {}", why.text()),
            }
            self.worker.switch.survive();
            self.worker.wait();
            let order = self.scene.order(id).await;
            assert_eq!(order.order.needs_intervention, None, "{id}");
            let status = order.order.progress.status;
            if status.is_final() && !order.holds_resources {
                self.counts.orders.fetch_add(1, Ordering::Relaxed);
                return status;
            }
        }
        panic!("{id} does not end");
    }
}
