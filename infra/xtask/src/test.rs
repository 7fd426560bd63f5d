//! `cargo xtask test`: every test, with everything that tests need made ready first.

use crate::{
    dev, run,
    tools::{self, Tool},
    workspace,
};
use anyhow::Result;

/// Run every test, the ones against the local cloud included
#[derive(clap::Args)]
pub(crate) struct Test {
    /// Anything else is for `cargo nextest run`: a filter, --no-fail-fast, ..
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// What the tests run is what they were compiled beside: one build of everything.
const PROFILE: &str = "dev";

impl Test {
    pub(crate) async fn run(self) -> Result<()> {
        tools::ensure(&[Tool::CargoNextest, Tool::Fauxqs, Tool::DynamodbLocal]).await?;
        dev::build_functions(PROFILE).await?;
        let tools = ["build", "--bins", "--package", "orderwire-local", "--package", "operator"];
        run::shown("building the local cloud", run::cargo(tools)).await?;

        let mut nextest = run::cargo(["nextest", "run", "--workspace"]);
        nextest
            .env("FUNCTION_BINARIES_DIR", workspace::binaries(PROFILE))
            .env("DYNAMODB_LOCAL_DIR", tools::dynamodb_local())
            .args(self.rest);
        run::shown("tests", nextest).await
    }
}
