//! `completions` and `man`: what a shell and a reader want of the command line itself.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::{Cli, error::CommandError};

/// The name that the command is installed under.
const NAME: &str = "orderwire";

/// A shell to print completions for.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

impl Completions {
    /// The script that the shell reads.
    pub fn script(&self) -> Vec<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), NAME, &mut script);
        script
    }
}

/// The manual: a page for the command and one for each command below it, in roff.
///
/// # Errors
/// It cannot be written.
pub fn manual() -> Result<Vec<u8>, CommandError> {
    let mut pages = Vec::new();
    let mut command = Cli::command();
    command.build();
    write_pages(&command, &mut pages)?;
    Ok(pages)
}

fn write_pages(command: &clap::Command, pages: &mut Vec<u8>) -> Result<(), CommandError> {
    let title = command.get_bin_name().unwrap_or(NAME).replace(' ', "-");
    clap_mangen::Man::new(command.clone()).title(title).render(pages)?;
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    for command in below {
        write_pages(command, pages)?;
    }
    Ok(())
}
