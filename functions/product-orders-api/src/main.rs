//! Product orders (TMF622 v4.0; `infra/docs/contracts/tmf-orders.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    product_orders_api::start()
}
