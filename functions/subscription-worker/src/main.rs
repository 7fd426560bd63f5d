//! Carries subscription orders out in the network (`infra/docs/architecture.md`, *Workers*).

use std::process::ExitCode;

fn main() -> ExitCode {
    subscription_worker::start()
}
