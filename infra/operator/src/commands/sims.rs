//! `sims`: the SIM data of networks that have none of their own.

mod import;
mod lines;
mod show;

use clap::Subcommand;

use crate::{context::Context, error::CommandError, output::Output};

pub use import::ImportSims;
pub use show::ShowSim;

/// What to do with SIMs.
#[derive(Debug, Subcommand)]
pub enum SimsCommand {
    /// Store SIMs with their keys; those that are stored stay as they are
    Import(ImportSims),
    /// Show what is stored of a SIM, without its keys
    Show(ShowSim),
}

impl SimsCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done, or not all of it: what was done is printed before.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::Import(wanted) => {
                let imported = import::import(context, wanted).await?;
                output.show(&imported)?;
                imported.complaint()
            }
            Self::Show(wanted) => output.show(&show::show(context, &wanted).await?),
        }
    }
}
