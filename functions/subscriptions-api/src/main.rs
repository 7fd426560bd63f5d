//! ECC subscriptions, their services and tags (`infra/docs/contracts/ecc.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    subscriptions_api::start()
}
