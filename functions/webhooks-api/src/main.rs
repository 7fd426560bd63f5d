//! Endpoints of clients, and the log of what was delivered to them.

use std::process::ExitCode;

fn main() -> ExitCode {
    webhooks_api::start()
}
