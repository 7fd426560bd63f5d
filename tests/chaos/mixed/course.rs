//! How many orders are placed and completed over time, for the plot of a blackout.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use harness::Cloud;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::history::History;
use crate::outcome;

const EVERY: Duration = Duration::from_secs(1);
const FINAL: [&str; 3] = ["COMPLETED", "CANCELLED", "CANCELED"];

/// Seconds since the begin, orders accepted, orders completed.
type Sample = (f64, usize, usize);

pub(super) struct Course {
    begin: Instant,
    history: History,
    observed: Mutex<Observed>,
}

#[derive(Default)]
struct Observed {
    samples: Vec<Sample>,
    /// When the blackout began and ended.
    dark: Vec<f64>,
}

impl Course {
    pub(super) fn begin(history: &History) -> Self {
        Self { begin: Instant::now(), history: history.clone(), observed: Mutex::default() }
    }

    /// A blackout begins or ends.
    pub(super) fn mark(&self) {
        self.change(|observed| observed.dark.push(self.begin.elapsed().as_secs_f64()));
    }

    fn change(&self, change: impl FnOnce(&mut Observed)) {
        change(&mut self.observed.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes samples for ever, if there is somewhere to write them.
    pub(super) async fn observe(&self, cloud: &Cloud) {
        if !outcome::are_kept() {
            std::future::pending::<()>().await;
        }
        let mut completed = BTreeSet::new();
        loop {
            let accepted = self.history.accepted();
            let open = accepted.iter().map(|order| &order.id).filter(|id| !completed.contains(*id));
            let open: Vec<String> = open.cloned().collect();
            let items = cloud.table.orders(&open).await;
            let is_final = |status: &Value| FINAL.iter().any(|known| status == known);
            let ended = items.iter().filter(|item| is_final(&item["status"]));
            let ids = ended.filter_map(|item| item["pk"].as_str()?.strip_prefix("ORDER#"));
            completed.extend(ids.map(str::to_owned));
            let sample = (self.begin.elapsed().as_secs_f64(), accepted.len(), completed.len());
            self.change(|observed| observed.samples.push(sample));
            sleep(EVERY).await;
        }
    }

    /// Stores the samples beside the results.
    pub(super) fn write(&self, test: &str) {
        let observed = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.history.accepted().len();
        let course =
            json!({ "samples": observed.samples, "dark": observed.dark, "accepted": told });
        outcome::keep(&format!("{test}.course"), &course);
    }
}
