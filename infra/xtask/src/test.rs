//! `cargo xtask test`: every test, with everything that tests need made ready first.

use crate::{
    dynamodb_local::DynamodbLocal,
    permissions, run,
    tools::{self, Tool},
    workspace,
};
use anyhow::Result;
use deployment::permissions::record;

/// Run every test, the ones against the local cloud included
#[derive(clap::Args)]
pub(crate) struct Test {
    /// Anything else is for `cargo nextest run`: a filter, --no-fail-fast, .. (then on dynoxide only)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// What the tests need.
const TOOLS: [Tool; 5] =
    [Tool::CargoNextest, Tool::Fauxqs, Tool::DynamodbLocal, Tool::OsmoHlr, Tool::OpenVswitch];

/// What the tests run is what they were compiled beside: one build of everything.
pub(crate) const PROFILE: &str = "dev";

impl Test {
    pub(crate) async fn run(self) -> Result<()> {
        tools::ensure(&TOOLS).await?;
        build_everything().await?;

        // Ignored are the tests that need what only this command makes ready.
        let everything = ["nextest", "run", "--workspace", "--run-ignored", "all"];
        let mut everything = run::cargo(everything);
        everything.env("LOCAL_BINARIES_DIR", workspace::binaries(PROFILE)).args(&self.rest);
        let all = self.rest.is_empty();
        if all {
            everything.env(record::FOLDER, permissions::empty_folder()?);
        }
        run::shown("tests", everything).await?;
        if all {
            permissions::check()?;
            store_on_dynamodb_local().await?;
        }
        Ok(())
    }
}

/// All targets, the program that tests start included.
pub(crate) async fn build_everything() -> Result<()> {
    let build = ["build", "--workspace", "--all-targets", "--profile", PROFILE];
    run::shown("building everything", run::cargo(build)).await
}

/// The store's tests once more, on Amazon's own engine in place of dynoxide.
async fn store_on_dynamodb_local() -> Result<()> {
    let engine = DynamodbLocal::start().await?;
    // Of the whole workspace, as before: one package alone is compiled with other features.
    let store = "package(store) and kind(test)";
    let mut store = run::cargo(["nextest", "run", "--workspace", "-j2", "--filterset", store]);
    store.env("TEST_DYNAMODB_ENDPOINT", &engine.endpoint);
    run::shown("the store's tests on DynamoDB Local", store).await
}
