//! Endpoints of clients, and the log of what was delivered to them.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(feature = "loopback")]
    webhooks::AddressPolicy::allow_loopback();
    webhooks_api::start()
}
