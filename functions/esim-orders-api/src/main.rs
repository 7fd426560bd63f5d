//! eSIM orders and their QR codes (`infra/docs/contracts/esim-orders.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    esim_orders_api::start()
}
