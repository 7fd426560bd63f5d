//! `cargo xtask bench`: what the functions cost (`tests/bench`).

use crate::{
    program, run,
    test::PROFILE as OF_TESTS,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Engine and local cloud are optimised: they are beside what is measured.
const PROFILE: &str = "local";
/// The functions are built as they are deployed.
const RELEASE: &str = "release";
const DRIVER: &str = "orderwire-bench";
/// Built alone, so with the features that they are deployed with.
const MEASURED: [&str; 3] = ["subscriptions-api", "carrier-orders-api", "bench-floor"];
/// The program whose instructions are counted, and how many each part of it has.
const HOT_PATHS: &str = "hot-paths";
const INSTRUCTIONS: &str = "tests/bench/instructions.txt";
/// A part that has more instructions than this fails, in hundredths of what is written down.
const MOST_PERCENT: u64 = 110;

/// Measure the functions beside a floor and beside the same in Node and Python
#[derive(clap::Args)]
pub(crate) struct Bench {
    /// Only a part; without, everything that is measured by a clock
    #[arg(value_enum)]
    part: Option<Part>,
    /// Three minutes after building: fewer rounds, and not with 100,000 orders stored
    #[arg(long)]
    quick: bool,
    /// Leave out what runs the whole local cloud
    #[arg(long)]
    no_pipeline: bool,
    /// Only what is counted: no release build, and no clock is read
    #[arg(long)]
    counted: bool,
    /// Only compare the answers of the functions and their peers
    #[arg(long)]
    compare: bool,
    /// Of `instructions`: fail at a tenth more than is written down, and write nothing
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What a million orders cost, counted
    Cost,
    /// Which key, queue or quota is used up first when the load grows
    Scale,
    /// The calls of the table that each measured endpoint makes
    Record,
    /// Instructions of the hot paths, counted by callgrind
    Instructions,
}

impl Bench {
    pub(crate) async fn run(self) -> Result<()> {
        match self.part {
            None if self.counted => self.counted().await,
            None => self.everything().await,
            Some(Part::Instructions) => instructions(self.check).await,
            Some(part) => {
                build(OF_TESTS, DRIVER).await?;
                let mut driver = run::command(workspace::binaries(OF_TESTS).join(DRIVER));
                driver.arg(
                    part.to_possible_value().map_or_else(String::new, |it| it.get_name().into()),
                );
                run::shown("counting", driver).await
            }
        }
    }

    async fn counted(&self) -> Result<()> {
        build(OF_TESTS, DRIVER).await?;
        let mut driver = run::command(workspace::binaries(OF_TESTS).join(DRIVER));
        let peers = workspace::target().join("bench");
        driver.args(self.arguments(Path::new("node"), &peers)).arg("--counted");
        run::shown("counting", driver).await
    }

    async fn everything(&self) -> Result<()> {
        tools::ensure(&[Tool::Fauxqs, Tool::BenchPeers]).await?;
        let mut functions = run::cargo(["build", "--release"]);
        functions.args(MEASURED.iter().flat_map(|package| ["--package", package]));
        run::shown("building the functions as they are deployed", functions).await?;
        build(PROFILE, DRIVER).await?;
        if !self.no_pipeline && !self.compare {
            program::build(PROFILE).await?;
        }
        let node = node().await?;
        let peers = workspace::target().join("bench");
        build_peers(&node, &peers).await?;
        let mut driver = run::command(workspace::binaries(PROFILE).join(DRIVER));
        driver
            .args(self.arguments(&node, &peers))
            .env("LOCAL_BINARIES_DIR", workspace::binaries(PROFILE));
        run::shown("measuring", driver).await
    }

    fn arguments(&self, node: &Path, peers: &Path) -> Vec<OsString> {
        let mut all = vec!["run".into()];
        for (option, value) in [
            ("--functions", workspace::binaries(RELEASE)),
            ("--node", node.to_owned()),
            ("--node-peers", peers.join("node")),
            ("--python", tools::bench_python()),
            ("--python-peers", peers.join("python")),
        ] {
            all.extend([option.into(), value.into()]);
        }
        if self.quick {
            all.push("--quick".into());
        }
        if self.no_pipeline {
            all.push("--no-pipeline".into());
        }
        if self.compare {
            all.push("--compare".into());
        }
        all
    }
}

async fn build(profile: &str, binary: &str) -> Result<()> {
    let build = ["build", "--bin", binary, "--profile", profile];
    run::shown(&format!("building {binary}"), run::cargo(build)).await
}

/// The program itself: the launcher of the pinned tools would be measured as well.
async fn node() -> Result<PathBuf> {
    let mut ask = run::command("node");
    ask.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    ask.args(["--print", "process.execPath"]);
    let path = run::answer(ask).await.context("Node 20 or newer is missing")?;
    Ok(PathBuf::from(path.trim()))
}

async fn build_peers(node: &Path, peers: &Path) -> Result<()> {
    let documents = workspace::root().join("infra/openapi");
    let mut bundle = run::command(node);
    bundle.arg("tests/bench/peers/node/build.mjs").arg(tools::bench_modules());
    bundle.arg(&documents).arg(peers.join("node"));
    run::hidden("bundling the peers in Node", bundle).await?;
    let mut compile = run::command(tools::bench_python());
    compile.arg("tests/bench/peers/python/build.py").arg(&documents).arg(peers.join("python"));
    run::hidden("preparing the peers in Python", compile).await
}

/// Counts the instructions of each hot path; writes them down, or compares.
async fn instructions(check: bool) -> Result<()> {
    build(PROFILE, HOT_PATHS).await?;
    let program = workspace::binaries(PROFILE).join(HOT_PATHS);
    let mut list = run::command(&program);
    list.arg("list");
    let names = run::answer(list).await.context("no hot paths")?;
    let mut counted = Vec::new();
    for name in names.lines() {
        // Without what a process does once.
        let (few, many) =
            (collected(&program, name, 1).await?, collected(&program, name, 21).await?);
        counted.push((name.to_owned(), many.saturating_sub(few) / 20));
    }
    let file = workspace::root().join(INSTRUCTIONS);
    if !check {
        let lines: String =
            counted.iter().map(|(name, count)| format!("{name} {count}\n")).collect();
        print!("{lines}");
        return std::fs::write(&file, lines).context("cannot write the counts");
    }
    let written = std::fs::read_to_string(&file).context(INSTRUCTIONS)?;
    let found = more(&counted, &written);
    if !found.is_empty() {
        bail!("more instructions than written down:\n{}", found.join("\n"));
    }
    Ok(())
}

/// What callgrind counts of a run.
async fn collected(program: &Path, name: &str, times: u64) -> Result<u64> {
    let mut valgrind = run::command("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([name, &times.to_string()]);
    let output = valgrind.output().await.context("cannot run valgrind: install it")?;
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find_map(|line| line.split_once("Collected :"));
    let count = line.and_then(|(_, count)| count.trim().parse().ok());
    count.with_context(|| format!("{name}: {text}"))
}

/// The parts that have a tenth more instructions than was written down, or were not.
fn more(counted: &[(String, u64)], written: &str) -> Vec<String> {
    let written = |name: &str| -> Option<u64> {
        let mut pairs = written.lines().filter_map(|line| line.split_once(' '));
        pairs.find(|(known, _)| *known == name)?.1.parse().ok()
    };
    let too_many = |(name, count): &(String, u64)| match written(name) {
        Some(before) if *count * 100 <= before * MOST_PERCENT => None,
        Some(before) => Some(format!("{name}: {count} instead of {before}")),
        None => Some(format!("{name}: {count}, not written down")),
    };
    counted.iter().filter_map(too_many).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_more_instructions_is_tolerated_and_no_more() {
        let counted = |count| [("secret".to_owned(), count)];
        assert!(more(&counted(1_100), "secret 1000\n").is_empty());
        assert_eq!(more(&counted(1_101), "secret 1000\n"), ["secret: 1101 instead of 1000"]);
        assert_eq!(more(&counted(1), "other 1000\n"), ["secret: 1, not written down"]);
    }

    #[test]
    fn the_driver_is_told_where_everything_is() {
        let bench = Bench {
            part: None,
            quick: true,
            no_pipeline: false,
            counted: false,
            compare: false,
            check: false,
        };
        let arguments = bench.arguments(Path::new("/n/node"), Path::new("/p"));
        let words: Vec<_> = arguments.iter().filter_map(|word| word.to_str()).collect();
        assert_eq!(words.first(), Some(&"run"));
        assert_eq!(words.last(), Some(&"--quick"));
        assert!(words.windows(2).any(|pair| pair == ["--node-peers", "/p/node"]));
    }
}
