//! The table of results in `infra/docs/reliability.md`, and the plots beside it.

use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::plot::{Line, Plot};
use crate::workspace;

const PAGE: &str = "infra/docs/reliability.md";
const PLOTS: &str = "infra/docs/chaos";
const BEGIN: &str = "<!-- results: written by `cargo xtask chaos --long` -->";
const END: &str = "<!-- end of results -->";
const HEAD: &str = "| Test | Workload | Faults | Violations | Seed | Time | Command |\n\
                    |---|---|---|---|---|---|---|";

/// The folder in which tests leave their results, without those of earlier runs.
pub(super) fn emptied_folder() -> Result<PathBuf> {
    let folder = workspace::target().join("chaos");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Writes what is in the folder: tests that did not run keep their rows and plots.
pub(super) fn write(folder: &Path) -> Result<()> {
    let page = workspace::root().join(PAGE);
    let text = fs::read_to_string(&page)?;
    let mut new = BTreeMap::new();
    for (name, value) in read(folder)? {
        if let Some(test) = name.strip_suffix(".course") {
            write_plot(test, &course(&value))?;
        } else if let Some(test) = name.strip_suffix(".delays") {
            write_plot(test, &delays(&value))?;
        } else if !name.contains('.') {
            let row = row(&value);
            new.insert(name, row);
        }
    }
    fs::write(page, with_rows(&text, new)?)?;
    Ok(())
}

fn read(folder: &Path) -> Result<Vec<(String, Value)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        found.push((name, serde_json::from_slice(&fs::read(&path)?)?));
    }
    Ok(found)
}

fn row(result: &Value) -> String {
    let text = |name: &str| match &result[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (test, seed) = (text("test"), text("seed"));
    let rounds = result["rounds"].as_str().map(|rounds| format!(" --rounds {rounds}"));
    let rounds = rounds.unwrap_or_default();
    format!(
        "| {test} | {} | {} | {} | {seed} | {} s | `cargo xtask chaos {} --long{rounds} --seed {seed}` |",
        text("workload"),
        text("faults"),
        text("violations"),
        text("seconds"),
        text("what"),
    )
}

/// The page with these rows in place of those of the same tests.
fn with_rows(page: &str, new: BTreeMap<String, String>) -> Result<String> {
    let (before, rest) = page.split_once(BEGIN).context("the page has no table of results")?;
    let (old, after) = rest.split_once(END).context("the table of results does not end")?;
    let name = |row: &str| row.split('|').nth(1).unwrap_or_default().trim().to_owned();
    let old = old.lines().filter(|line| line.starts_with("| ") && !HEAD.starts_with(line));
    let mut rows: BTreeMap<String, String> = old.map(|row| (name(row), row.to_owned())).collect();
    rows.extend(new);
    rows.remove("Test");
    let rows: Vec<String> = rows.into_values().collect();
    Ok(format!("{before}{BEGIN}\n{HEAD}\n{}\n{END}{after}", rows.join("\n")))
}

fn write_plot(test: &str, plot: &Plot) -> Result<()> {
    let folder = workspace::root().join(PLOTS);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("{test}.svg")), plot.svg())?;
    Ok(())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// Orders placed and completed over time, and those open in the blackout that are completed since.
fn course(value: &Value) -> Plot {
    let samples: Vec<Vec<f64>> =
        value["samples"].as_array().into_iter().flatten().map(numbers).collect();
    let dark = numbers(&value["dark"]);
    let column = |n: usize| samples.iter().map(|sample| (sample[0], sample[n])).collect();
    let end = dark.get(1).copied().unwrap_or_default();
    let at_end = samples.iter().rfind(|sample| sample[0] <= end);
    let (placed, completed) = at_end.map_or((0.0, 0.0), |sample| (sample[1], sample[2]));
    let since = samples.iter().filter(|sample| sample[0] >= end);
    let recovered = since.map(|s| (s[0], (s[2] - completed).min(placed - completed))).collect();
    Plot {
        title: "Orders through a blackout of table and queues".to_owned(),
        across: "seconds".to_owned(),
        up: "orders".to_owned(),
        lines: vec![
            Line { name: "placed".to_owned(), points: column(1) },
            Line { name: "completed".to_owned(), points: column(2) },
            Line { name: "recovered".to_owned(), points: recovered },
        ],
        shaded: dark.first().copied().zip(dark.get(1).copied()),
    }
}

/// The share of messages that have arrived after a delay, for each of several runs.
fn delays(value: &Value) -> Plot {
    let runs = value.as_object().into_iter().flatten();
    let lines = runs.map(|(name, delays)| {
        let mut delays = numbers(delays);
        delays.sort_by(f64::total_cmp);
        let count = delays.len();
        let share = |n: usize| f64::from(u32::try_from(100 * (n + 1) / count).unwrap_or(100));
        let points = delays.iter().enumerate().map(|(n, delay)| (*delay, share(n))).collect();
        Line { name: name.clone(), points }
    });
    Plot {
        title: "Delay of messages to a healthy endpoint".to_owned(),
        across: "milliseconds from the status change to the arrival".to_owned(),
        up: "% of messages".to_owned(),
        lines: lines.collect(),
        shaded: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_replaces_the_one_of_its_test_and_the_others_stay() {
        let result = |seed| {
            json!({
                "test": "faults", "what": "faults", "workload": "w", "faults": "f",
                "violations": 0, "seed": seed, "seconds": 60,
            })
        };
        let page = format!("a\n{BEGIN}\n{HEAD}\n| kills | x |\n{END}\nb\n");
        let row = |seed| BTreeMap::from([("faults".to_owned(), row(&result(seed)))]);
        let once = with_rows(&page, row(1)).unwrap();
        let twice = with_rows(&once, row(2)).unwrap();
        assert!(once.contains("--seed 1`") && !twice.contains("--seed 1`"), "{twice}");
        assert!(twice.contains("| kills | x |") && twice.ends_with("-->\nb\n"), "{twice}");
        assert_eq!(twice.matches("| Test |").count(), 1);
    }

    #[test]
    fn what_was_open_in_the_blackout_is_recovered_after_it() {
        let samples = [[0.0, 0.0, 0.0], [5.0, 10.0, 4.0], [8.0, 20.0, 9.0], [9.0, 30.0, 30.0]];
        let plot = course(&json!({ "samples": samples, "dark": [1.0, 5.0] }));
        assert_eq!(plot.lines[2].points, [(5.0, 0.0), (8.0, 5.0), (9.0, 6.0)]);
        assert!(plot.svg().contains("recovered"));
    }
}
