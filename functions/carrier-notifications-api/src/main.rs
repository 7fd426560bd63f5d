//! The notifications of carrier orders (`infra/docs/contracts/carrier-orders.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    carrier_notifications_api::start()
}
