//! OAuth2 client credentials: access tokens, and the keys that verify them.

use std::process::ExitCode;

fn main() -> ExitCode {
    token_api::start()
}
