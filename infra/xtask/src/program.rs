//! The one program of the local cloud and all functions, built for whatever runs it: `dev`,
//! tests, chaos, independent clients.

use crate::{run, workspace};
use anyhow::Result;
use std::path::PathBuf;

/// Its binary.
pub(crate) const NAME: &str = "orderwire-local";

/// Where a build of `profile` puts it.
pub(crate) fn path(profile: &str) -> PathBuf {
    workspace::binaries(profile).join(NAME)
}

/// Builds it with a cargo profile. Without `--package`, cargo unites features over the whole
/// workspace: what is built here, the tests do not compile again (decision 105).
pub(crate) async fn build(profile: &str) -> Result<()> {
    let build = ["build", "--bin", NAME, "--profile", profile];
    run::shown("building the local cloud with all functions", run::cargo(build)).await
}
