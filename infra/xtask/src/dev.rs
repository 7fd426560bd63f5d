//! `cargo xtask dev`: the local cloud, with its tools and binaries made ready first.

use crate::{
    run,
    tools::{self, Tool},
    workspace,
};
use anyhow::Result;
use clap::ValueEnum;

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
    run::shown("building the functions", build).await
}
