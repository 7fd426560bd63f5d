//! `operator`: the operator's command line.

use std::process::ExitCode;

use clap::Parser as _;
use operator::{Cli, CommandError, Context, Output};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut stdout = std::io::stdout();
    let outcome = lambda::block_on(async {
        let context = Context::of_process(cli.deployment)?;
        let mut output = Output::new(cli.json, &mut stdout);
        cli.command.run(&context, &mut output).await
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(CommandError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("operator: {error}");
            ExitCode::FAILURE
        }
    }
}
