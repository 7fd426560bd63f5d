//! The console: pages on which an operator follows orders and acts on those that need it.

use std::process::ExitCode;

fn main() -> ExitCode {
    console_api::start()
}
