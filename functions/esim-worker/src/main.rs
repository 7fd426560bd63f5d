//! Carries eSIM orders out at the SM-DP+ and in the network
//! (`infra/docs/contracts/esim-orders.md`).

use std::process::ExitCode;

fn main() -> ExitCode {
    esim_worker::start()
}
