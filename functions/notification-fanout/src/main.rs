//! Tells everybody who wants to know what has happened to an order (`contracts/`, *Webhooks*).

use std::process::ExitCode;

fn main() -> ExitCode {
    notification_fanout::start()
}
