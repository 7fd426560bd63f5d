//! The status of carrier orders (`infra/docs/contracts/carrier-orders.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    carrier_status_api::start()
}
