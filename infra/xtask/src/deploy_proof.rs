//! `cargo xtask deploy-proof`: what AWS would make of the template, without an account.

use crate::{
    run,
    test::{self, PROFILE},
    tools::{self, Tool},
    workspace,
};
use anyhow::Result;

/// Expand and lint the template, and deploy what was built to an emulator of AWS
#[derive(clap::Args)]
pub(crate) struct DeployProof {
    /// Only expand, lint and hold against quotas: nothing is deployed
    #[arg(long)]
    template_only: bool,
}

impl DeployProof {
    pub(crate) async fn run(self) -> Result<()> {
        tools::ensure(&[Tool::DeployProof]).await?;
        let mut proof = run::command("deploy-python");
        proof.args(["tests/deploy/proof.py", "--out"]).arg(workspace::target().join("deploy"));
        if !self.template_only {
            tools::ensure(&[Tool::Sam, Tool::Fauxqs, Tool::CargoNextest]).await?;
            // After `cargo xtask sam`, nothing is compiled again.
            test::build_everything().await?;
            let built = workspace::root().join(".aws-sam/build");
            proof.arg("--build").arg(built).arg("--bin-dir").arg(workspace::binaries(PROFILE));
        }
        run::shown("deploy proof", proof).await
    }
}
