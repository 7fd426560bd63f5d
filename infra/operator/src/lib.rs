//! The operator's commands: clients, orders, dead letters. They work on a deployment in AWS and,
//! by the SDK's endpoint variables or the ready file, on the local cloud.
//!
//! Each group of commands is a file in `commands/`; each asks the [`Context`] for what it needs,
//! so that nothing else has to be configured.

pub mod commands;
mod confirm;
pub mod context;
pub mod error;
mod input;
pub mod letters;
pub mod output;
pub mod outputs;
pub mod ready;

use clap::Parser;

pub use commands::Command;
pub use confirm::confirm;
pub use context::{Context, Deployment};
pub use error::CommandError;
pub use output::Output;

/// Runs a deployment of Orderwire: clients, orders, dead letters.
///
/// AWS is reached by AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; the
/// deployment's table and queues are taken from the outputs of its stack (`--outputs`).
#[derive(Debug, Parser)]
#[command(name = "operator", version)]
pub struct Cli {
    /// Where the deployment is.
    #[command(flatten)]
    pub deployment: Deployment,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Do without asking what cannot be undone; who has no terminal is not asked
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}
