//! Compares orders and networks (`infra/docs/architecture.md`, *Workers*).

use std::process::ExitCode;

fn main() -> ExitCode {
    drift_sweeper::start()
}
