//! `cargo xtask openapi`: the documents of the code, written or compared.

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
        let mut program = run::cargo(["run", "--quiet", "--package", "openapi", "--"]);
        program.arg("infra/openapi");
        if self.check {
            program.arg("--check");
        }
        run::shown("OpenAPI documents", program).await
    }
}
