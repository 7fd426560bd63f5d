//! Programs of Debian, which are not pinned: what the distribution has.

use crate::run;
use anyhow::{Context, Result, bail};
use std::{env, ffi::OsStr, path::PathBuf};

/// A program and the package that has it.
pub(super) struct Package {
    /// Its names, as distributions have them.
    programs: &'static [&'static str],
    package: &'static str,
}

/// A home location register.
pub(super) const OSMO_HLR: Package = Package { programs: &["osmo-hlr"], package: "osmo-hlr" };

/// A switch.
pub(super) const OPEN_VSWITCH: Package =
    Package { programs: &["ovs-vswitchd"], package: "openvswitch-switch" };

/// A browser.
pub(super) const CHROMIUM: Package =
    Package { programs: &["chromium", "chromium-browser", "google-chrome"], package: "chromium" };

impl Package {
    /// Where the program is. Installs it when this is root's process, and else says how.
    pub(super) async fn ensure(&self) -> Result<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        if let Some(found) = self.find(&path) {
            return Ok(found);
        }
        let line = self.line();
        if !rustix::process::geteuid().is_root() {
            bail!("{} is not installed: sudo {line}", self.package);
        }
        let mut update = run::command("apt-get");
        update.arg("update");
        run::hidden("apt-get update", update).await?;
        let mut install = run::command("apt-get");
        // A package may start a service of its own where there is systemd: ours is a child.
        install.args(line.split(' ').skip(1)).env("DEBIAN_FRONTEND", "noninteractive");
        run::hidden(&line, install).await?;
        self.find(&path)
            .with_context(|| format!("{} is not on the PATH after: {line}", self.package))
    }

    fn line(&self) -> String {
        format!("apt-get install -y --no-install-recommends {}", self.package)
    }

    fn find(&self, path: &OsStr) -> Option<PathBuf> {
        let folders: Vec<PathBuf> = env::split_paths(path).collect();
        let in_folders = |name: &&str| {
            let is_there = |folder: &PathBuf| folder.join(name).is_file();
            folders.iter().find(|folder| is_there(folder)).map(|folder| folder.join(name))
        };
        self.programs.iter().find_map(in_folders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_under_each_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().as_os_str();
        assert_eq!(CHROMIUM.find(path), None);
        std::fs::write(folder.path().join("google-chrome"), "").unwrap();
        assert!(CHROMIUM.find(path).is_some_and(|found| found.ends_with("google-chrome")));
        std::fs::write(folder.path().join("chromium"), "").unwrap();
        assert!(CHROMIUM.find(path).is_some_and(|found| found.ends_with("chromium")));
        assert!(CHROMIUM.line().ends_with("--no-install-recommends chromium"));
    }
}
