//! `cargo xtask phone`: a phone at the home location register of a running local cloud.

use crate::{program, run};
use anyhow::{Context as _, Result};
use std::ffi::OsString;

/// The build that `cargo xtask dev` runs without `--optimised`.
const PROFILE: &str = "dev";

/// Be a phone at the register of a local cloud with `--network osmo-hlr`: phone attach ICCID
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Phone {
    /// `attach ICCID [--ready-file FILE] [--data]`; `attach --help` says more
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    rest: Vec<OsString>,
}

impl Phone {
    pub(crate) async fn run(self) -> Result<()> {
        let caller = std::env::current_dir().context("no current folder")?;
        let program = program::path(PROFILE);
        if !program.is_file() {
            program::build(PROFILE).await?;
        }
        let mut phone = run::command(&program);
        phone.current_dir(caller).arg("phone").args(self.rest);
        run::become_program(&program, phone)
    }
}
