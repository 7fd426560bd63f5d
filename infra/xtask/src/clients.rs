//! `cargo xtask clients`: tools of other people judge the OpenAPI documents and the running API.

use crate::{
    program, run,
    test::PROFILE,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Context, Result};
use clap::ValueEnum;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Let independent tools judge the OpenAPI documents and the running API
#[derive(clap::Args)]
pub(crate) struct Clients {
    /// Only the documents, or only the API
    #[arg(value_enum)]
    only: Option<Part>,
    /// Draw the same requests again; a run prints its own
    #[arg(long)]
    seed: Option<u64>,
    /// Requests drawn for each operation; more of them for the long tier
    #[arg(long)]
    examples: Option<u64>,
    /// Only this API; may be repeated: tokens, webhooks, ecc, esim, carrier
    #[arg(long)]
    api: Vec<String>,
    /// Judge aliases at every limit of their bodies, too, as the operations of which they are
    #[arg(long)]
    aliases: bool,
    /// Folder of a local cloud and an operator that are built already: nothing is compiled
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Linters, and clients generated in TypeScript and Python
    Documents,
    /// Schemathesis against the local cloud
    Api,
}

impl Clients {
    pub(crate) async fn run(self) -> Result<()> {
        // Fauxqs first: it brings a Node where the machine's own is too old for the linters.
        tools::ensure(&[Tool::Fauxqs, Tool::OpenapiClients]).await?;
        if self.only != Some(Part::Api) {
            python("documents", &[]).await?;
        }
        if self.only != Some(Part::Documents) {
            python("api", &self.arguments(&self.binaries().await?)).await?;
        }
        Ok(())
    }

    async fn binaries(&self) -> Result<PathBuf> {
        if let Some(folder) = &self.bin_dir {
            return std::path::absolute(folder).context("no current folder");
        }
        program::build(PROFILE).await?;
        // It adds the client that must not see what others have.
        let operator = ["build", "--bin", "orderwire", "--profile", PROFILE];
        run::shown("building the operator's command line", run::cargo(operator)).await?;
        Ok(workspace::binaries(PROFILE))
    }

    fn arguments(&self, binaries: &Path) -> Vec<OsString> {
        let mut all = vec!["--bin-dir".into(), binaries.into()];
        for (option, number) in [("--seed", self.seed), ("--examples", self.examples)] {
            if let Some(number) = number {
                all.extend([option.into(), number.to_string().into()]);
            }
        }
        for api in &self.api {
            all.extend(["--api".into(), api.into()]);
        }
        if self.aliases {
            all.push("--aliases".into());
        }
        all
    }
}

/// Runs `tests/clients/<part>.py`; what it makes is under `target/clients`.
async fn python(part: &str, arguments: &[OsString]) -> Result<()> {
    let mut python = run::command("openapi-python");
    python
        .arg(format!("tests/clients/{part}.py"))
        .arg("--out")
        .arg(workspace::target().join("clients").join(part))
        .args(arguments);
    run::shown(&format!("independent clients: {part}"), python).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        clients: Clients,
    }

    #[test]
    fn what_is_asked_for_is_handed_on() {
        let line = "clients api --seed 7 --api ecc --api esim --examples 100 --aliases";
        let clients = Alone::try_parse_from(line.split(' ')).unwrap().clients;
        assert_eq!(clients.only, Some(Part::Api));
        let arguments = clients.arguments(Path::new("/b"));
        let words: Vec<_> = arguments.iter().filter_map(|word| word.to_str()).collect();
        assert_eq!(
            words.join(" "),
            "--bin-dir /b --seed 7 --examples 100 --api ecc --api esim --aliases"
        );
    }
}
