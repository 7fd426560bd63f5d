//! Carrier orders: list, create, read, replace, patch, cancel, hold, release
//! (`infra/docs/contracts/carrier-orders.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    carrier_orders_api::start()
}
