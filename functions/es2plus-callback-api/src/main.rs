//! Download progress reported by an SM-DP+ (GSMA SGP.22, 5.3.5).

use std::process::ExitCode;

fn main() -> ExitCode {
    es2plus_callback_api::start()
}
