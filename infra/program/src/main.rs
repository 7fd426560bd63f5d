//! `orderwire-local`: the local cloud, and each function when it is started by its name.

use std::process::ExitCode;

fn main() -> ExitCode {
    orderwire_local::program::main(&program::FUNCTIONS)
}
