//! What a program of the local cloud does with its arguments: it is the local cloud, one of the
//! functions that it has, the supervisor of another program, or a phone.

use std::{
    error::Error,
    ffi::{OsStr, OsString},
    io::{IsTerminal as _, Read as _, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use crate::{
    cloud::{Cloud, CloudError},
    options::Options,
    phone, process,
    runtime::FUNCTION,
};

/// A function that is linked into the program.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name in the template.
    pub name: &'static str,
    /// Runs it in this process until the process ends.
    pub start: fn() -> ExitCode,
}

/// The whole `main` of a program that has these functions.
pub fn main(functions: &[Function]) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [first, name] if first == FUNCTION => function(functions, name),
        [first, program, rest @ ..] if first == process::SUPERVISE => {
            process::supervise(program, rest)
        }
        [first, ..] if first == phone::COMMAND => phone::main(&arguments),
        _ => local_cloud(functions),
    }
}

fn function(functions: &[Function], name: &OsStr) -> ExitCode {
    let Some(function) = functions.iter().find(|function| function.name == name) else {
        eprintln!("orderwire-local: no function {} in this program", name.display());
        return ExitCode::FAILURE;
    };
    (function.start)()
}

fn local_cloud(functions: &[Function]) -> ExitCode {
    let options = Options::parse();
    let own = functions.iter().map(|function| function.name).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(&options, own));
            // Nothing is left to do for what still runs in it.
            runtime.shutdown_background();
            outcome
        }
        Err(source) => Err(CloudError::System { what: "no runtime".to_owned(), source }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orderwire-local: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options, own: Vec<&'static str>) -> Result<(), CloudError> {
    let listen = |kind| {
        signal(kind).map_err(|source| CloudError::System { what: "signals".to_owned(), source })
    };
    let (mut terminate, mut interrupt) =
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let told_to_end = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = input_closed(options.stop_with_stdin) => {}
        }
    };
    tokio::pin!(told_to_end);
    let cloud = tokio::select! {
        // Dropped half-way, what has started is killed.
        () = &mut told_to_end => return Ok(()),
        cloud = Cloud::start(options, own) => cloud?,
    };
    if let Some(file) = &options.ready_file {
        cloud
            .ready
            .write(file)
            .map_err(|source| CloudError::System { what: file.display().to_string(), source })?;
    }
    if !options.quiet {
        // A closed pipe is no reason to end.
        let _ = std::io::stdout().write_all(cloud.ready.welcome().as_bytes());
        if std::io::stdin().is_terminal() && !options.stop_with_stdin {
            println!("\nEnter prints this again, Ctrl-C ends everything.");
            print_again(cloud.ready.welcome());
        }
    }
    cloud.show_output();
    told_to_end.await;
    if !options.quiet {
        eprintln!("stopping: functions and services end");
    }
    if let Some(file) = &options.ready_file {
        cloud.ready.remove(file);
    }
    cloud.end().await;
    Ok(())
}

/// Prints the welcome again whenever somebody presses Enter: functions' lines scroll it away.
fn print_again(welcome: String) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() || std::io::stdout().write_all(welcome.as_bytes()).is_err() {
                return;
            }
        }
    });
}

/// Ends when standard input does; never when that is not asked for.
///
/// Read by a thread of its own: the runtime would wait at its end for a read that it has begun.
async fn input_closed(asked: bool) {
    if !asked {
        std::future::pending::<()>().await;
    }
    let (closed, told) = oneshot::channel();
    std::thread::spawn(move || {
        let (mut input, mut nothing) = (std::io::stdin().lock(), [0_u8; 64]);
        while input.read(&mut nothing).is_ok_and(|read| read > 0) {}
        // Nobody listens any more when a signal came first.
        let _ = closed.send(());
    });
    let _ = told.await;
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
