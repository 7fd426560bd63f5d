//! The outbox: turns changes of orders into messages (`infra/docs/architecture.md`, *Outbox*).

use std::process::ExitCode;

fn main() -> ExitCode {
    outbox_relay::start()
}
