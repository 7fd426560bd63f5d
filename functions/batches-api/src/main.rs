//! Batches of changes (`infra/docs/contracts/ecc.md`, *Batches*).

use std::process::ExitCode;

fn main() -> ExitCode {
    batches_api::start()
}
