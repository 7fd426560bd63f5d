//! Tools that cargo builds from crates.io.

use super::version::{self, Version};
use crate::{run, workspace};
use anyhow::Result;

/// A cargo subcommand from crates.io.
pub(super) struct CargoTool {
    /// Crate and program.
    name: &'static str,
    /// What `cargo install` builds.
    pinned: &'static str,
    /// Oldest version that will do; newer ones do while major and minor agree.
    oldest: Version,
}

pub(super) const NEXTEST: CargoTool =
    CargoTool { name: "cargo-nextest", pinned: "0.9.151", oldest: (0, 9, 100) };

pub(super) const DENY: CargoTool =
    CargoTool { name: "cargo-deny", pinned: "0.20.2", oldest: (0, 20, 0) };

impl CargoTool {
    pub(super) async fn ensure(&self) -> Result<()> {
        if self.is_there().await {
            return Ok(());
        }
        let root = workspace::tools();
        let package = format!("{}@{}", self.name, self.pinned);
        let mut install = run::cargo(["install", "--locked", &package, "--root"]);
        install.arg(root);
        run::hidden(&format!("building {package}"), install).await
    }

    async fn is_there(&self) -> bool {
        let (major, minor, _) = self.oldest;
        let subcommand = self.name.trim_start_matches("cargo-");
        version::of(self.name, &[subcommand, "--version"])
            .await
            .is_some_and(|found| found >= self.oldest && (found.0, found.1) == (major, minor))
    }
}
