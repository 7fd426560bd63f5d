//! Drives every order again that is past its due time (`infra/docs/reliability.md`, *Watchdog*).

use std::process::ExitCode;

fn main() -> ExitCode {
    sweeper::start()
}
