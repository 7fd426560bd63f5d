//! Service orders (TMF641 v4.1; `infra/docs/contracts/tmf-orders.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    service_orders_api::start()
}
