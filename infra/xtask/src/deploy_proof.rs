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
    /// Rehearse a restore instead: orders and credentials, a copy of the table, a new stack on it
    #[arg(long, conflicts_with = "template_only")]
    restore: bool,
}

impl DeployProof {
    pub(crate) async fn run(self) -> Result<()> {
        tools::ensure(&[Tool::DeployProof]).await?;
        let mut proof = run::command("deploy-python");
        proof.args(["tests/deploy/proof.py", "--out"]).arg(workspace::target().join("deploy"));
        if !self.template_only {
            tools::ensure(&[Tool::Sam, Tool::Fauxqs, Tool::CargoNextest]).await?;
            proof.arg("--bin-dir").arg(workspace::binaries(PROFILE));
        }
        if self.restore {
            let programs = ["--bin", "orderwire-local", "--bin", "orderwire"];
            let build = run::cargo(["build", "--profile", PROFILE].into_iter().chain(programs));
            run::shown("building the programs", build).await?;
            proof.arg("--restore");
        } else if !self.template_only {
            // After `cargo xtask sam`, nothing is compiled again.
            test::build_everything().await?;
            proof.arg("--build").arg(workspace::root().join(".aws-sam/build"));
        }
        run::shown("deploy proof", proof).await
    }
}
