//! Executes service orders and product orders (`infra/docs/architecture.md`, *Workers*).

use std::process::ExitCode;

fn main() -> ExitCode {
    service_order_worker::start()
}
