//! Delivers messages to endpoints (`infra/docs/reliability.md`, *Webhooks*).

use std::process::ExitCode;

fn main() -> ExitCode {
    webhook_sender::start()
}
