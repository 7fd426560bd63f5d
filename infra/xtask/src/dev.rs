//! `cargo xtask dev`: the local cloud, with its program and tools made ready first.

use crate::{
    program, run,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Context as _, Result};
use deployment::options::{EthernetOption, NetworkOption, Options, RuntimeKind};
use std::path::Path;

/// Run everything on this machine: tables, queues, functions, network simulator
#[derive(clap::Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    options: Options,
    /// Build with optimisation, for measurements: takes some minutes more
    #[arg(long)]
    optimised: bool,
}

impl Dev {
    pub(crate) async fn run(self) -> Result<()> {
        let caller = std::env::current_dir().context("no current folder")?;
        let options = located(self.options, &caller, workspace::root());
        // All that can be refused is refused before minutes of compiling.
        options.check()?;
        options.check_ports()?;
        let mut tools = vec![Tool::Fauxqs];
        if options.runtime == RuntimeKind::Watch {
            tools.push(Tool::CargoLambda);
        }
        if options.network == NetworkOption::OsmoHlr {
            tools.push(Tool::OsmoHlr);
        }
        if options.ethernet == EthernetOption::Ovs {
            tools.push(Tool::OpenVswitch);
        }
        let profile = if self.optimised { "local" } else { "dev" };
        // Downloading takes no processor, compiling takes all of them.
        let installed = run::beside(tools::ensure(&tools));
        let (installed, built) = tokio::join!(installed, program::build(profile));
        installed.and(built)?;
        let program = program::path(profile);
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
