//! Marks the orders of dead letters as needing intervention (`infra/docs/reliability.md`,
//! *Settings*).

use std::process::ExitCode;

fn main() -> ExitCode {
    dead_letter_consumer::start()
}
