//! Delivers messages to endpoints (`infra/docs/reliability.md`, *Webhooks*).

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "loopback")]
    webhooks::AddressPolicy::allow_loopback();
    webhook_sender::start()
}
