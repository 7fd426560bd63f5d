//! Writes what is generated from the code: `cargo xtask openapi`, `cargo xtask routes` and
//! `cargo xtask scenarios` run it.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

/// Write what is generated from the code
#[derive(Parser)]
enum Generate {
    /// The OpenAPI documents
    Openapi {
        /// Where the documents are
        folder: PathBuf,
        /// Write nothing; fail when a file is not what the code says
        #[arg(long)]
        check: bool,
    },
    /// The page of the scenarios
    Scenarios {
        /// The folder of the guides
        folder: PathBuf,
        /// Write nothing; fail when the page is not what the code says
        #[arg(long)]
        check: bool,
    },
    /// The HTTP events of the template and the routes of `cargo lambda watch`
    Routes {
        /// Root of the repository
        root: PathBuf,
        /// Write nothing; fail when a file is not what the code says
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let done = match Generate::parse() {
        Generate::Openapi { folder, check } => openapi::documents::generate(&folder, check),
        Generate::Scenarios { folder, check } => openapi::scenarios::generate(&folder, check),
        Generate::Routes { root, check } => openapi::routes::generate(&root, check),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
