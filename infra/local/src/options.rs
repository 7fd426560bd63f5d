//! The command line.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

/// Runs the whole deployment on this machine.
#[derive(Debug, Clone, Parser)]
#[command(name = "orderwire-local", version)]
pub struct Options {
    /// The deployment template
    #[arg(long, value_name = "FILE", default_value = "infra/template.yaml")]
    pub template: PathBuf,
    /// Value of a template parameter
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = assignment)]
    pub parameters: Vec<(String, String)>,
    /// How functions run
    #[arg(long, value_enum, default_value_t = RuntimeKind::Watch)]
    pub runtime: RuntimeKind,
    /// Folder with the functions' binaries, for `--runtime native`
    #[arg(long, value_name = "DIR", default_value = "target/local")]
    pub bin_dir: PathBuf,
    /// Root of the workspace, for `--runtime watch`
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub workspace: PathBuf,
    /// Instances of one function at most; 4 with `--runtime native`, else 1
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,
    /// Further variable of every function
    #[arg(long = "function-env", value_name = "NAME=VALUE", value_parser = assignment)]
    pub function_environment: Vec<(String, String)>,
    /// Port of the API, 0 for a free one
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    pub port: u16,
    /// Port of the emulator of `cargo lambda watch`, 0 for a free one (not with `--runtime none`)
    #[arg(long, value_name = "PORT", default_value_t = 9000)]
    pub watch_port: u16,
    /// Keep data in this folder; in memory without
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Write a JSON description here once everything answers
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Write the environment of all functions here, one KEY=VALUE a line
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// Write the output of each function to a file of its own in DIR, for `--runtime native`
    #[arg(long, value_name = "DIR")]
    pub logs: Option<PathBuf>,
    /// Folder of the npm package fauxqs
    #[arg(
        long,
        value_name = "DIR",
        env = "ORDERWIRE_FAUXQS",
        default_value = ".tools/node/node_modules/fauxqs"
    )]
    pub fauxqs: PathBuf,
    /// The node program, version 20 or newer
    #[arg(long, value_name = "PATH", env = "ORDERWIRE_NODE", default_value = "node")]
    pub node: PathBuf,
    /// The cargo-lambda program, for `--runtime watch`
    #[arg(
        long,
        value_name = "PATH",
        env = "ORDERWIRE_CARGO_LAMBDA",
        default_value = "cargo-lambda"
    )]
    pub cargo_lambda: PathBuf,
    /// Run schedules every N seconds, whatever the template says; 0 only when fired by hand
    #[arg(long, value_name = "N")]
    pub schedule_seconds: Option<u64>,
    /// End when standard input closes
    #[arg(long)]
    pub stop_with_stdin: bool,
    /// Say nothing when ready, and throw the functions' output away
    #[arg(long)]
    pub quiet: bool,
}

/// How functions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RuntimeKind {
    /// Under `cargo lambda watch`: compiled on demand, again when they change
    Watch,
    /// Built binaries under the own Lambda Runtime API
    Native,
    /// Not at all: invocations go to an emulator somebody starts by hand
    None,
}

impl Options {
    /// The template's parameters as given.
    pub fn given_parameters(&self) -> BTreeMap<String, String> {
        self.parameters.iter().cloned().collect()
    }

    /// The rate that overrides the template's; `None` keeps it.
    pub fn schedule_override(&self) -> Option<Duration> {
        self.schedule_seconds.map(|seconds| match seconds {
            // Far beyond any run of a local cloud.
            0 => Duration::from_secs(86_400 * 365),
            seconds => Duration::from_secs(seconds),
        })
    }
}

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE"),
    }
}
