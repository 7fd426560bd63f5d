//! `orderwire`: the operator's command line.

use std::{io::IsTerminal as _, process::ExitCode};

use clap::Parser as _;
use operator::{Cli, CommandError, Context, Output, confirm};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && wants_json() => {
            let text = error.to_string();
            let text = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            eprintln!("{}", serde_json::json!({ "error": text }));
            return ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    let json = cli.is_json();
    let mut stdout = std::io::stdout();
    let outcome = lambda::block_on(async {
        asked(&cli).map_err(explained)?;
        let context = Context::of_process(cli.deployment).await.map_err(explained)?;
        let mut output = Output::new(json, &mut stdout);
        let outcome = cli.command.run(&context, &mut output).await;
        outcome.map_err(|error| (context.explain(&error), error))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err((_, CommandError::Output(error))) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err((text, error)) => {
            match json {
                true => eprintln!("{}", error.to_json(&text)),
                false => eprintln!("orderwire: {text}"),
            }
            ExitCode::FAILURE
        }
    }
}

/// Of a command line that is none.
fn wants_json() -> bool {
    let words: Vec<_> = std::env::args_os().collect();
    let said = |word: &std::ffi::OsString| word == "--json" || word == "--output=json";
    words.iter().any(said) || words.windows(2).any(|two| two[0] == "--output" && two[1] == "json")
}

/// A person at a terminal is asked; a program has decided.
fn asked(cli: &Cli) -> Result<(), CommandError> {
    let person = std::io::stdin().is_terminal() && !cli.yes && !cli.is_json();
    match cli.command.question().filter(|_| person) {
        Some(question) => confirm(question, &mut std::io::stdin().lock(), &mut std::io::stderr()),
        None => Ok(()),
    }
}

fn explained(error: CommandError) -> (String, CommandError) {
    (error.to_string(), error)
}
