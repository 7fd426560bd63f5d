//! `drift`: what the networks hold and no order left there.

mod approve;
mod list;

use clap::Subcommand;

use crate::{context::Context, error::CommandError, output::Output};

pub use approve::ApproveRepair;

/// What to do with differences.
#[derive(Debug, Subcommand)]
pub enum DriftCommand {
    /// List the differences, oldest first, and what the last comparison did
    List,
    /// Approve the repair of a difference: its order is placed within a minute
    Approve(ApproveRepair),
}

impl DriftCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done; the error says why in one line.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::List => output.show(&list::list(context).await?),
            Self::Approve(wanted) => output.show(&approve::approve(context, wanted).await?),
        }
    }
}
