//! `profiles`: the pool that new eSIMs are taken from.

mod import;
mod lines;
mod pool;
mod quarantine;

use clap::Subcommand;

use crate::{context::Context, error::CommandError, output::Output};

pub use import::ImportProfiles;
pub use pool::{ListProfiles, RemoveProfiles};
pub use quarantine::ReleaseProfile;

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfilesCommand {
    /// Put profiles into the pool; those that are there stay as they are
    Import(ImportProfiles),
    /// Count the free ones of each type, and those in quarantine
    Count,
    /// List free ones
    List(ListProfiles),
    /// Take free ones out of the pool: those of a wrong file, say
    Remove(RemoveProfiles),
    /// List those that nobody gets before a person has looked at them
    Quarantined,
    /// Put one of those back into the pool, once the SM-DP+ has it to give
    Release(ReleaseProfile),
}

impl ProfilesCommand {
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
            Self::Count => output.show(&pool::count(context).await?),
            Self::List(wanted) => output.show(&pool::list(context, wanted).await?),
            Self::Remove(wanted) => {
                let removed = pool::remove(context, wanted).await?;
                output.show(&removed)?;
                removed.complaint()
            }
            Self::Quarantined => output.show(&quarantine::list(context).await?),
            Self::Release(wanted) => output.show(&quarantine::release(context, wanted).await?),
        }
    }
}
