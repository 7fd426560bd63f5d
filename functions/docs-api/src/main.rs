//! The documentation: pages, the OpenAPI documents, and a page to try each API on.

use std::process::ExitCode;

fn main() -> ExitCode {
    docs_api::start()
}
