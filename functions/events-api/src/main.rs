//! The client's feeds, by long poll (`infra/docs/contracts/ecc.md`, *Events*).

use std::process::ExitCode;

fn main() -> ExitCode {
    events_api::start()
}
