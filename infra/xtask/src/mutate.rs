//! `cargo xtask mutate`: removes each condition of a write, and each of its clauses, and names the
//! test that fails then.
//!
//! Nothing is compiled again: the proxy before the tests' table replaces the expression in every
//! request (`CONDITION_FROM`, `CONDITION_TO`).

mod conditions;

use crate::{
    run,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Context, Result, bail};
use conditions::{Mutant, mutants};
use std::{collections::BTreeSet, fs};
use tokio::process::Command;

/// Where the conditions are, with the names of their tests.
const CONDITIONS: &str = "shared/store/src/conditions.rs";
/// What nextest ends with when tests failed, and when there was none.
const TESTS_FAILED: i32 = 100;
const NO_TESTS: i32 = 4;

/// Remove each write condition in turn and name the test that fails
#[derive(clap::Args)]
pub(crate) struct Mutate {
    /// Only conditions with this text in their name
    #[arg(default_value = "")]
    name: String,
    /// Only whole conditions, not their clauses
    #[arg(long)]
    whole: bool,
}

impl Mutate {
    pub(crate) async fn run(self) -> Result<()> {
        tools::ensure(&[Tool::CargoNextest]).await?;
        let build = ["build", "--workspace", "--all-targets"];
        run::shown("building the tests", run::cargo(build)).await?;
        let source = fs::read_to_string(workspace::root().join(CONDITIONS))?;
        let mut survivors = Vec::new();
        let (mut tried, mut found) = (0, 0);
        for mutant in mutants(&source)? {
            if !mutant.condition.contains(&self.name) || self.whole && mutant.clause.is_some() {
                continue;
            }
            let failed = failed_tests(&mutant).await?;
            tried += 1;
            match failed.iter().next() {
                Some(test) => {
                    found += 1;
                    println!("{mutant}: {test} and {} more fail", failed.len() - 1);
                }
                None => {
                    println!("{mutant}: NO TEST FAILS");
                    survivors.push(mutant.to_string());
                }
            }
        }
        println!("{found} of {tried} removed conditions and clauses are found by a test");
        if tried == 0 || !survivors.is_empty() {
            bail!("not found: {}", survivors.join("; "));
        }
        Ok(())
    }
}

/// The tests that fail with a mutant: of those that the condition names, or else of the store's.
async fn failed_tests(mutant: &Mutant) -> Result<BTreeSet<String>> {
    let named: Vec<String> =
        mutant.tests.iter().map(|test| format!("test(/(^|::){test}$/)")).collect();
    let named = if named.is_empty() { "none()".to_owned() } else { named.join(" or ") };
    for filter in [
        format!("package(store) and ({named})"),
        format!("not package(store) and ({named})"),
        "package(store) and kind(test)".to_owned(),
    ] {
        let failed = failed_of(&filter, mutant).await?;
        if !failed.is_empty() {
            return Ok(failed);
        }
    }
    Ok(BTreeSet::new())
}

async fn failed_of(filter: &str, mutant: &Mutant) -> Result<BTreeSet<String>> {
    let mut tests = run::cargo([
        "nextest",
        "run",
        "--workspace",
        "--no-fail-fast",
        "--retries",
        "0",
        "--color",
        "never",
        "--failure-output",
        "never",
        "--status-level",
        "fail",
        "--filterset",
        filter,
    ]);
    tests.env("CONDITION_FROM", &mutant.from).env("CONDITION_TO", &mutant.to);
    let (status, output) = ended(tests).await?;
    match status {
        Some(0 | NO_TESTS) => Ok(BTreeSet::new()),
        Some(TESTS_FAILED) => Ok(names(&output)),
        _ => bail!("{mutant}: nextest failed\n{output}"),
    }
}

async fn ended(mut command: Command) -> Result<(Option<i32>, String)> {
    let output = command.output().await.context("cargo cannot be run")?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// The names in lines like `FAIL [ 0.1s] (1/2) store::store work::of_two_workers_one_gets_the_lease`.
fn names(output: &str) -> BTreeSet<String> {
    let failed = ["FAIL", "TIMEOUT", "ABORT", "SIG"];
    let lines = output.lines().map(str::trim_start);
    let lines = lines.filter(|line| failed.iter().any(|word| line.starts_with(word)));
    lines.filter_map(|line| line.split_whitespace().next_back()).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_failed_tests_are_read_from_the_lines_of_nextest() {
        let output = "    Starting 2 tests\n        FAIL [   0.1s] (1/2) store::store work::one\n     \
                      TIMEOUT [ 9.0s] (2/2) store::store two\n     Summary [   0.2s] 2 tests run";
        let expected = ["two", "work::one"].map(ToOwned::to_owned).into();
        assert_eq!(names(output), expected);
    }

    /// The text of all tests in a folder.
    fn tests_below(folder: &str) -> String {
        let (mut text, mut folders) = (String::new(), vec![workspace::root().join(folder)]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    text += &fs::read_to_string(path).unwrap();
                }
            }
        }
        text
    }

    #[test]
    fn every_condition_of_the_store_names_a_test_of_it() {
        let source = fs::read_to_string(workspace::root().join(CONDITIONS)).unwrap();
        let all = mutants(&source).unwrap();
        assert!(all.len() > 40, "{}", all.len());
        let folders = ["shared/store/tests", "functions", "tests/process"];
        let tests = folders.map(tests_below).concat();
        for mutant in all {
            assert!(!mutant.tests.is_empty(), "{mutant}");
            for test in &mutant.tests {
                assert!(tests.contains(&format!("fn {test}()")), "{mutant}: no test {test}");
            }
            assert!(!mutant.from.contains('\\') && mutant.to.contains("attribute_exists(pk)"));
        }
    }
}
