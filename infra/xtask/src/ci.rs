//! `cargo xtask ci`: `.ci/run` on a clean clone, as the CI machine runs it.

use crate::{run, workspace};
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeSet,
    env,
    ffi::{OsStr, OsString},
    fs,
    io::ErrorKind,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// Programs that a new machine does not have: the tests install their own.
const HIDDEN: [&str; 8] = [
    "java",
    "javac",
    "cargo-deny",
    "cargo-lambda",
    "cargo-nextest",
    "cargo-zigbuild",
    "fauxqs",
    "sam",
];

/// Run what CI runs, on a clean clone of HEAD
#[derive(clap::Args)]
pub(crate) struct Ci {
    /// As on a new machine: empty CARGO_HOME, no pinned tools, no Java on the PATH
    #[arg(long)]
    fresh: bool,
    /// Where to clone to; must not exist yet
    #[arg(long, default_value = "target/ci")]
    folder: PathBuf,
}

impl Ci {
    pub(crate) async fn run(self) -> Result<()> {
        let folder = workspace::root().join(&self.folder);
        if folder.exists() {
            bail!("{} exists: remove it, or name another with --folder", folder.display());
        }
        warn_of_changes().await;
        let repository = folder.join("repository");
        let mut clone = run::command("git");
        clone.args(["clone", "--quiet", "--no-hardlinks"]).arg(workspace::root()).arg(&repository);
        run::shown("clone", clone).await?;

        let mut ci = run::command("bash");
        ci.arg(".ci/run").current_dir(&repository).env("CI", "true").env_remove("CARGO_TARGET_DIR");
        let inherited = env::var_os("PATH").unwrap_or_default();
        ci.env("PATH", &inherited);
        if self.fresh {
            let programs = folder.join("programs");
            link_programs(&inherited, &programs)?;
            ci.env("PATH", &programs)
                .env("CARGO_HOME", folder.join("cargo"))
                .env_remove("JAVA_HOME");
        }
        run::shown(".ci/run", ci).await
    }
}

/// What is not committed is not in the clone.
async fn warn_of_changes() {
    let mut status = run::command("git");
    status.args(["status", "--porcelain"]);
    if run::answer(status).await.is_some_and(|changes| !changes.is_empty()) {
        eprintln!("── uncommitted changes are not in the clone");
    }
}

/// Links every program of `search_path` into `folder`, except the hidden ones.
fn link_programs(search_path: &OsStr, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut seen: BTreeSet<OsString> = HIDDEN.iter().map(OsString::from).collect();
    for directory in env::split_paths(search_path) {
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            // A PATH may name folders that do not exist.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", directory.display()));
            }
        };
        for entry in entries {
            let entry = entry?;
            // The first folder of a PATH wins.
            if seen.insert(entry.file_name()) {
                symlink(entry.path(), folder.join(entry.file_name()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_path_has_every_program_but_the_hidden_ones() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        for (directory, programs) in [(&first, ["java", "git"]), (&second, ["git", "node"])] {
            fs::create_dir(directory).unwrap();
            for program in programs {
                fs::write(directory.join(program), directory.to_str().unwrap()).unwrap();
            }
        }
        let missing = folder.path().join("missing");
        let search_path = env::join_paths([&missing, &first, &second]).unwrap();
        let linked = folder.path().join("linked");
        link_programs(&search_path, &linked).unwrap();
        let read = |name: &str| fs::read_to_string(linked.join(name)).ok();
        assert_eq!(read("java"), None);
        assert_eq!(read("git").as_deref(), first.to_str());
        assert_eq!(read("node").as_deref(), second.to_str());
    }
}
