//! `cargo xtask dev`: the local cloud, with its tools and binaries made ready first.

use crate::{
    run,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Context as _, Result};
use deployment::options::{Options, RuntimeKind};
use std::path::{Path, PathBuf};

/// Run everything on this machine: tables, queues, functions, network simulator
#[derive(clap::Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    options: Options,
}

impl Dev {
    pub(crate) async fn run(self) -> Result<()> {
        let caller = std::env::current_dir().context("no current folder")?;
        let mut options = located(self.options, &caller, workspace::root());
        // All that can be refused is refused before minutes of compiling.
        options.check()?;
        options.check_ports()?;
        let tools: &[Tool] = match options.runtime {
            RuntimeKind::Watch => &[Tool::Fauxqs, Tool::CargoLambda],
            RuntimeKind::Native | RuntimeKind::None => &[Tool::Fauxqs],
        };
        tools::ensure(tools).await?;
        let build = ["build", "--package", "orderwire-local"];
        run::shown("building the local cloud", run::cargo(build)).await?;
        if options.runtime == RuntimeKind::Native && options.bin_dir.is_none() {
            build_functions("local").await?;
            options.bin_dir = Some(workspace::binaries("local"));
        }
        let program = workspace::binaries("dev").join("orderwire-local");
        let mut local = run::command(&program);
        local.current_dir(caller).args(options.to_arguments());
        run::become_program(&program, local)
    }
}

/// With the caller's files in the caller's folder, and the project's in the workspace.
fn located(options: Options, caller: &Path, root: &Path) -> Options {
    let mut options = options.resolved(caller);
    if options.workspace == Path::new(".") {
        root.clone_into(&mut options.workspace);
    }
    options
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory as _, Parser};

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        dev: Dev,
    }

    fn parsed(line: &str) -> Options {
        let words = ["dev"].into_iter().chain(line.split_whitespace());
        Alone::try_parse_from(words).unwrap().dev.options
    }

    #[test]
    fn options_come_in_any_order() {
        let one = parsed("--ready-file F --runtime native --port 0 --bin-dir B");
        let other = parsed("--bin-dir B --port 0 --runtime native --ready-file F");
        assert_eq!(one, other);
        assert_eq!((one.runtime, one.port), (RuntimeKind::Native, Some(0)));
    }

    #[test]
    fn the_help_lists_every_option_of_the_local_cloud() {
        let help = Alone::command().render_long_help().to_string();
        for option in Options::command().get_arguments() {
            let long = option.get_long().unwrap();
            assert!(help.contains(&format!("--{long}")), "{long}");
        }
        for option in ["port", "data", "ready-file", "logs", "param", "concurrency", "watch-port"] {
            assert!(help.contains(&format!("--{option}")), "{option}");
        }
    }

    #[test]
    fn a_relative_file_is_in_the_callers_folder_and_the_template_in_the_workspace() {
        let options = parsed("--ready-file r.json --data d --runtime native");
        let mut options = located(options, Path::new("/caller"), Path::new("/workspace"));
        // Whatever the variable of this machine says.
        options.fauxqs = None;
        assert_eq!(options.ready_file.as_deref(), Some(Path::new("/caller/r.json")));
        assert_eq!(options.data.as_deref(), Some(Path::new("/caller/d")));
        assert_eq!(options.template(), Path::new("/workspace/infra/template.yaml"));
        assert_eq!(options.fauxqs(), Path::new("/workspace/.tools/node/node_modules/fauxqs"));
    }
}
