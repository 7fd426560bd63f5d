//! `cargo xtask dev`: the local cloud, with its tools and binaries made ready first.

use crate::{
    run,
    tools::{self, Tool},
    workspace,
};
use anyhow::Result;
use clap::ValueEnum;
use std::path::PathBuf;

/// Run everything on this machine: tables, queues, functions, network simulator
#[derive(clap::Args)]
pub(crate) struct Dev {
    /// How functions run
    #[arg(long, value_enum, default_value_t)]
    runtime: Runtime,
    /// Anything else is for the local cloud: --port, --data, --ready-file, --param Name=Value, ..
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Runtime {
    /// Under `cargo lambda watch`: rebuilt when their source changes
    #[default]
    Watch,
    /// Under the local cloud's own Lambda Runtime API: real deadlines, concurrency, kills
    Native,
    /// Not at all: invocations go to an emulator that you start by hand
    None,
}

impl Dev {
    pub(crate) async fn run(self) -> Result<()> {
        let (runtime, tools): (_, &[Tool]) = match self.runtime {
            Runtime::Watch => ("watch", &[Tool::Fauxqs, Tool::CargoLambda]),
            Runtime::Native => ("native", &[Tool::Fauxqs]),
            Runtime::None => ("none", &[Tool::Fauxqs]),
        };
        tools::ensure(tools).await?;
        let build = ["build", "--package", "orderwire-local"];
        run::shown("building the local cloud", run::cargo(build)).await?;
        let program = workspace::binaries("dev").join("orderwire-local");
        let mut local = run::command(&program);
        local.args(["--runtime", runtime]);
        if self.runtime == Runtime::Native {
            build_functions("local").await?;
            local.arg("--bin-dir").arg(workspace::binaries("local"));
        }
        local.args(self.rest);
        run::become_program(&program, local)
    }
}

/// Builds the binary of every function with a cargo profile.
pub(crate) async fn build_functions(profile: &str) -> Result<()> {
    let mut build = run::cargo(["build", "--bins", "--profile", profile]);
    for function in workspace::functions()? {
        build.args(["--package", &function]);
    }
    run::shown("building the functions", build).await?;
    build_with_loopback(profile).await
}

/// Those that may call 127.0.0.1 here, and nowhere else: `sam build` never does this.
const WITH_LOOPBACK: [&str; 2] = ["webhook-sender", "webhooks-api"];

/// Builds the functions that deliver webhooks so that they reach this machine. Their binaries
/// take the place of the ones that are deployed.
pub(crate) async fn build_with_loopback(profile: &str) -> Result<()> {
    let mut build = run::cargo(["build", "--bins", "--profile", profile]);
    for function in WITH_LOOPBACK {
        build.args(["--package", function, "--features", &format!("{function}/loopback")]);
    }
    run::shown("building webhooks that reach this machine", build).await
}

/// Copies the binaries of all functions and of the tools that tests run, built with `profile`, to
/// a folder of their own: what is built next does not replace them. Answers with the folder.
pub(crate) fn keep_functions(profile: &str) -> Result<PathBuf> {
    let (from, to) = (workspace::binaries(profile), workspace::binaries(profile).join("local"));
    std::fs::create_dir_all(&to)?;
    let tools = ["orderwire-local", "operator"].map(str::to_owned);
    for function in workspace::functions()?.into_iter().chain(tools) {
        // One that runs must not be written over: gone first.
        let _ = std::fs::remove_file(to.join(&function));
        std::fs::copy(from.join(&function), to.join(&function))?;
    }
    Ok(to)
}
