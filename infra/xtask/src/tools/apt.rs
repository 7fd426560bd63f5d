//! Programs of Debian, which are not pinned: what the distribution has.

use crate::run;
use anyhow::{Result, bail};

/// A program and the package that has it.
pub(super) struct Package {
    program: &'static str,
    package: &'static str,
}

/// A home location register.
pub(super) const OSMO_HLR: Package = Package { program: "osmo-hlr", package: "osmo-hlr" };

impl Package {
    /// Installs it when this is root's process, and else says how.
    pub(super) async fn ensure(&self) -> Result<()> {
        if self.is_installed() {
            return Ok(());
        }
        let Self { program, package } = self;
        let line = format!("apt-get install -y --no-install-recommends {package}");
        if !rustix::process::geteuid().is_root() {
            bail!("{program} is not installed: sudo {line}");
        }
        let mut update = run::command("apt-get");
        update.arg("update");
        run::hidden("apt-get update", update).await?;
        let mut install = run::command("apt-get");
        // The package starts a service of its own where there is systemd: ours is a child.
        install.args(line.split(' ').skip(1)).env("DEBIAN_FRONTEND", "noninteractive");
        run::hidden(&line, install).await?;
        if self.is_installed() {
            Ok(())
        } else {
            bail!("{program} is not on the PATH after: {line}")
        }
    }

    fn is_installed(&self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(self.program).is_file())
    }
}
