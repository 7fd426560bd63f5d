//! Programs of others beside the local cloud, as child processes with files of their own.

use std::{
    io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use tempfile::TempDir;
use tokio::process::{ChildStdin, Command};

use crate::process::{GroupGuard, Processes};

/// Runs a program until it ends or standard input closes, which it does when the parent dies, however
/// it dies. What runs in the background of a shell has no standard input of its own.
const UNTIL_INPUT_CLOSES: &str =
    r#"exec 3<&0; "$@" & program=$!; (cat <&3; kill -9 $program) >/dev/null 2>&1 & wait $program"#;
/// Where daemons are that a user's PATH does not name.
const DAEMONS: &str = "/usr/sbin";

/// Where the files of a program are.
pub(crate) enum Folder {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl Folder {
    /// This one, which is created, or one that is removed with the value.
    pub(crate) fn open(kept: Option<PathBuf>) -> io::Result<Self> {
        match kept {
            Some(folder) => {
                std::fs::create_dir_all(&folder)?;
                Ok(Self::Kept(folder))
            }
            None => TempDir::new().map(Self::Temporary),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Kept(folder) => folder,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// A running program. Dropping it kills the process.
pub(crate) struct External {
    // Held: the program ends when this closes.
    _input: Option<ChildStdin>,
    pub(crate) group: Arc<GroupGuard>,
}

/// The command of a program that ends with this process. Arguments, output and environment are the
/// caller's.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new("sh");
    let program = find(program).unwrap_or_else(|| program.into());
    command.args(["-c", UNTIL_INPUT_CLOSES, "sh"]).arg(program).stdin(Stdio::piped());
    command
}

/// Starts such a command.
pub(crate) fn start(command: &mut Command, processes: &Processes) -> io::Result<External> {
    let (mut child, group) = processes.spawn(command)?;
    let (input, group) = (child.stdin.take(), Arc::new(group));
    let watched = Arc::clone(&group);
    tokio::spawn(async move {
        // Waited for, it is gone at once when it has ended.
        if child.wait().await.is_ok() {
            watched.forget();
        }
    });
    Ok(External { _input: input, group })
}

/// Where a program is, if it is installed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([DAEMONS.into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}
