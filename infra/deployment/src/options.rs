//! The options of a local cloud: of `orderwire-local` and of `cargo xtask dev` alike.

mod arguments;
mod check;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Parser, ValueEnum};

pub use check::{OptionsError, port_is_taken};

/// Port of the API when no option names one.
pub const API_PORT: u16 = 3000;
/// Port of the emulator of `cargo lambda watch` when no option names one.
pub const WATCH_PORT: u16 = 9000;

/// Runs the whole deployment on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "orderwire-local", version)]
pub struct Options {
    /// How functions run
    #[arg(long, value_enum, default_value_t = RuntimeKind::Native)]
    pub runtime: RuntimeKind,
    /// Port of the API, 0 for a free one [default: 3000]
    #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
    pub port: Option<u16>,
    /// Port of the emulator of `cargo lambda watch`, 0 for a free one [default: 9000]
    #[arg(long, value_name = "PORT", allow_negative_numbers = true)]
    pub watch_port: Option<u16>,
    /// The network that subscription orders are carried out in
    #[arg(long, value_enum, default_value_t = NetworkOption::Simulator)]
    pub network: NetworkOption,
    /// The switch that the Sellers here configure
    #[arg(long, value_enum, default_value_t = EthernetOption::None)]
    pub ethernet: EthernetOption,
    /// Keep everything in this folder: data, simulators, secrets, ports; in memory without
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Write a JSON description here once everything answers; removed at the end
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Write the environment of all functions here, one KEY=VALUE a line
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// Write the output of each function to a file of its own in DIR, for `--runtime native`
    #[arg(long, value_name = "DIR")]
    pub logs: Option<PathBuf>,
    /// How the functions' output is shown
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Value of a template parameter; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = assignment)]
    pub parameters: Vec<(String, String)>,
    /// Further variable of every function; may be repeated
    #[arg(long = "function-env", value_name = "NAME=VALUE", value_parser = assignment)]
    pub function_environment: Vec<(String, String)>,
    /// Instances of one function at most; with `--runtime native` what the template reserves for it
    /// or 4, else 1
    #[arg(long, value_name = "N", value_parser = instances, allow_negative_numbers = true)]
    pub concurrency: Option<usize>,
    /// Run schedules every N seconds, whatever the template says; 0 only when fired by hand
    #[arg(long, value_name = "N", value_parser = seconds, allow_negative_numbers = true)]
    pub schedule_seconds: Option<u64>,
    /// Folder with binaries that run in place of this program's functions, each named like its
    /// function, for `--runtime native`
    #[arg(long, value_name = "DIR")]
    pub bin_dir: Option<PathBuf>,
    /// The deployment template [default: infra/template.yaml of the workspace]
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Root of the workspace
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub workspace: PathBuf,
    /// Folder of the npm package fauxqs [default: .tools/node/node_modules/fauxqs]
    #[arg(long, value_name = "DIR", env = "ORDERWIRE_FAUXQS")]
    pub fauxqs: Option<PathBuf>,
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
    /// As processes under the own Lambda Runtime API: real deadlines, concurrency, kills
    Native,
    /// Under `cargo lambda watch`: compiled on demand, again when they change
    Watch,
    /// Not at all: invocations go to an emulator that you start by hand
    None,
}

/// The network of subscription orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NetworkOption {
    /// The simulated one, which misbehaves on demand
    Simulator,
    /// A real home location register, the program osmo-hlr
    OsmoHlr,
}

/// The switch of the Sellers here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EthernetOption {
    /// None: what is assigned to an order is all there is of it
    None,
    /// A real one, Open vSwitch, which forwards frames of its own
    Ovs,
}

/// How the functions' output is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One readable line an event, with the function's name
    Text,
    /// As the functions write it
    Json,
}

impl Options {
    /// The template's file.
    pub fn template(&self) -> PathBuf {
        self.template.clone().unwrap_or_else(|| self.workspace.join("infra/template.yaml"))
    }

    /// The folder of the npm package fauxqs.
    pub fn fauxqs(&self) -> PathBuf {
        let usual = Path::new(".tools/node/node_modules/fauxqs");
        self.fauxqs.clone().unwrap_or_else(|| self.workspace.join(usual))
    }

    /// The emulator's port.
    pub fn watch_port(&self) -> u16 {
        self.watch_port.unwrap_or(WATCH_PORT)
    }

    /// The template's parameters as given.
    pub fn given_parameters(&self) -> BTreeMap<String, String> {
        self.parameters.iter().cloned().collect()
    }

    /// The rate that overrides the template's; `None` keeps it.
    pub fn schedule_override(&self) -> Option<Duration> {
        self.schedule_seconds.map(|seconds| match seconds {
            // Far beyond any run of a local cloud.
            0 => Duration::from_secs(MOST_SECONDS),
            seconds => Duration::from_secs(seconds),
        })
    }
}

/// A year.
const MOST_SECONDS: u64 = 86_400 * 365;

fn assignment(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE"),
    }
}

fn instances(text: &str) -> Result<usize, &'static str> {
    match text.parse() {
        Ok(number @ 1..=1_000) => Ok(number),
        _ => Err("write a number from 1 to 1000"),
    }
}

fn seconds(text: &str) -> Result<u64, &'static str> {
    match text.parse() {
        Ok(number @ 0..=MOST_SECONDS) => Ok(number),
        _ => Err("write a number of seconds: 1 or more, or 0 for by hand only"),
    }
}
