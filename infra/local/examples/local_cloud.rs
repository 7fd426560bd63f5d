//! The local cloud without any function of its own, for its tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    orderwire_local::program::main(&[])
}
