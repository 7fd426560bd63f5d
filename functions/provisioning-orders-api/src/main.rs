//! ECC provisioning orders (`infra/docs/contracts/ecc.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    provisioning_orders_api::start()
}
