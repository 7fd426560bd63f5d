//! What a test of this tier found, for the table of results that `cargo xtask chaos` writes.

use std::{env, fs, path::PathBuf, time::Duration};

use serde_json::{Value, json};

use crate::tier;

/// The outcome of a test.
pub(crate) struct Outcome {
    pub(crate) test: &'static str,
    /// What of `cargo xtask chaos` runs it.
    pub(crate) what: &'static str,
    pub(crate) workload: String,
    pub(crate) faults: String,
    pub(crate) violations: usize,
    pub(crate) took: Duration,
}

/// The folder of results, if some are asked for.
fn folder() -> Option<PathBuf> {
    env::var_os("CHAOS_RESULTS").map(PathBuf::from)
}

/// Whether results are asked for.
pub(crate) fn are_kept() -> bool {
    folder().is_some()
}

/// Stores something under a name beside the results, if some are asked for.
pub(crate) fn keep(name: &str, value: &Value) {
    if let Some(folder) = folder() {
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.json")), value.to_string()).unwrap();
    }
}

impl Outcome {
    /// Prints it, and stores it for the table of results.
    pub(crate) fn report(&self) {
        let Self { test, what, workload, faults, violations, took } = self;
        eprintln!("{test}: {workload}; {faults}; {violations} violations; {took:.1?}");
        let result = json!({
            "test": test,
            "what": what,
            "workload": workload,
            "faults": faults,
            "violations": violations,
            "seed": tier::seed(),
            "rounds": env::var("CHAOS_ROUNDS").ok(),
            "seconds": took.as_secs(),
        });
        keep(test, &result);
    }
}
