//! Carries batches out (`infra/docs/contracts/ecc.md`, *Batches*).

use std::process::ExitCode;

fn main() -> ExitCode {
    batch_worker::start()
}
