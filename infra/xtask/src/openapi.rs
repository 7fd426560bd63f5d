//! `cargo xtask openapi`, `cargo xtask routes` and `cargo xtask scenarios`: what is generated from the
//! code, written or compared.

use crate::run;
use anyhow::Result;

/// Write the OpenAPI documents of the code to infra/openapi
#[derive(clap::Args)]
pub(crate) struct Openapi {
    /// Write nothing; fail when a file is not what the code says
    #[arg(long)]
    check: bool,
}

impl Openapi {
    pub(crate) async fn run(self) -> Result<()> {
        generate("OpenAPI documents", "openapi", "infra/openapi", self.check).await
    }
}

/// Write the routes of the code to infra/template.yaml and the watch router of Cargo.toml
#[derive(clap::Args)]
pub(crate) struct Routes {
    /// Write nothing; fail when a file has other routes than the code
    #[arg(long)]
    check: bool,
}

impl Routes {
    pub(crate) async fn run(self) -> Result<()> {
        generate("routes", "routes", ".", self.check).await
    }
}

/// Write the page of the scenarios of the code to infra/docs/guides
#[derive(clap::Args)]
pub(crate) struct Scenarios {
    /// Write nothing; fail when the page is not what the code says
    #[arg(long)]
    check: bool,
}

impl Scenarios {
    pub(crate) async fn run(self) -> Result<()> {
        generate("scenarios", "scenarios", "infra/docs/guides", self.check).await
    }
}

async fn generate(title: &str, what: &str, folder: &str, check: bool) -> Result<()> {
    let mut program = run::cargo(["run", "--quiet", "--bin", "openapi", "--", what, folder]);
    if check {
        program.arg("--check");
    }
    run::shown(title, program).await
}
