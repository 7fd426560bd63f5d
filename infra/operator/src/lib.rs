//! The operator's commands: clients, orders, dead letters. They work on a deployment in AWS, found
//! by the name of its stack, and by the ready file on the local cloud.
//!
//! Each group of commands is a file in `commands/`; each asks the [`Context`] for what it needs,
//! so that nothing else has to be configured.

pub mod commands;
mod confirm;
pub mod context;
pub mod error;
mod input;
pub mod letters;
mod lines;
pub mod output;
pub mod outputs;
pub mod ready;
pub mod session;

use clap::Parser;

pub use commands::Command;
pub use confirm::confirm;
pub use context::{Context, Deployment};
pub use error::CommandError;
pub use output::{Format, Output};

/// Runs a deployment of Orderwire: clients, orders, dead letters.
///
/// A deployment is found by the name of its stack (`--stack`). AWS is reached as by every AWS tool:
/// environment, profiles, single sign-on, roles. A local cloud is found by its ready file.
#[derive(Debug, Parser)]
#[command(name = "orderwire", version)]
pub struct Cli {
    /// Where the deployment is.
    #[command(flatten)]
    pub deployment: Deployment,
    /// How results and errors are printed
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
    /// The same as --output json
    #[arg(long, global = true)]
    pub json: bool,
    /// Do without asking what cannot be undone; who has no terminal is not asked
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Whether results and errors are JSON.
    pub fn is_json(&self) -> bool {
        self.json || self.output == Format::Json
    }
}
