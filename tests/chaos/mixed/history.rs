//! What the clients were told.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// An order that a client placed.
#[derive(Debug, Clone)]
pub(super) struct Accepted {
    /// `ecc`, `carrier` or `esim`.
    pub(super) kind: &'static str,
    /// The client that placed it.
    pub(super) client: &'static str,
    pub(super) id: String,
    /// The statuses in which it may end.
    pub(super) ends: &'static [&'static str],
}

/// What all clients were told. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct History(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    accepted: BTreeMap<String, Accepted>,
    wrong: Vec<String>,
    requests: u64,
    repetitions: u64,
}

impl History {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An order was accepted. The same order a second time is another request's: a violation.
    pub(super) fn accept(&self, accepted: Accepted) {
        let id = accepted.id.clone();
        if self.told().accepted.insert(id.clone(), accepted).is_some() {
            self.blame(format!("two requests were accepted as one order {id}"));
        }
    }

    /// A response that no correct system gives.
    pub(super) fn blame(&self, what: String) {
        self.told().wrong.push(what);
    }

    /// Counts a request, which may be a repetition.
    pub(super) fn count(&self, repeated: bool) {
        let mut told = self.told();
        told.requests += 1;
        told.repetitions += u64::from(repeated);
    }

    /// An order may also end like this: it was cancelled.
    pub(super) fn may_end(&self, id: &str, ends: &'static [&'static str]) {
        if let Some(accepted) = self.told().accepted.get_mut(id) {
            accepted.ends = ends;
        }
    }

    pub(super) fn accepted(&self) -> Vec<Accepted> {
        self.told().accepted.values().cloned().collect()
    }

    pub(super) fn wrong(&self) -> Vec<String> {
        self.told().wrong.clone()
    }

    pub(super) fn summary(&self) -> String {
        let told = self.told();
        let of = |kind| told.accepted.values().filter(|order| order.kind == kind).count();
        let [ecc, carrier, esim] = ["ecc", "carrier", "esim"].map(of);
        let (requests, again) = (told.requests, told.repetitions);
        format!(
            "{ecc} ECC, {carrier} carrier and {esim} eSIM orders ({requests} requests, {again} of \
             them repeated)"
        )
    }
}
