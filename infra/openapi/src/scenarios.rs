//! The page of the scenarios, from the table of the code.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use domain::scenario::page;

const FILE: &str = "scenarios.md";

/// Writes the page into the folder of the guides, or only compares it.
///
/// # Errors
/// It cannot be read or written, or `only_check` and it is not what the code says.
pub fn generate(folder: &Path, only_check: bool) -> Result<()> {
    let (path, wanted) = (folder.join(FILE), page());
    if !only_check {
        return fs::write(&path, wanted).with_context(|| format!("cannot write {FILE}"));
    }
    let found = fs::read_to_string(&path).with_context(|| format!("cannot read {FILE}"))?;
    if found != wanted {
        bail!("not the scenarios of the code, run `cargo xtask scenarios`: {FILE}");
    }
    Ok(())
}
