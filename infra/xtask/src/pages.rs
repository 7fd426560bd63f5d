//! `cargo xtask pages`: a browser reads the documentation and tries the APIs on it.

use crate::{
    program, run,
    test::PROFILE,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the function has the files of the package that it embeds.
const EMBEDDED: &str = "functions/docs-api/assets/swagger-ui";
/// The files of it.
const FILES: [&str; 5] = [
    "LICENSE",
    "NOTICE",
    "swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui.css",
];

/// Read the documentation in a browser, and try the APIs on it
#[derive(clap::Args)]
pub(crate) struct Pages {
    /// Write the screenshot of the README to infra/docs/screenshots
    #[arg(long)]
    screenshots: bool,
    /// Copy the files of the pinned user interface to the function that embeds them
    #[arg(long)]
    update: bool,
    /// Folder of a local cloud that is built already: nothing is compiled
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,
}

impl Pages {
    pub(crate) async fn run(self) -> Result<()> {
        let browser = tools::chromium().await?;
        tools::ensure(&[Tool::Fauxqs, Tool::Pages]).await?;
        let package = tools::pages_modules().join("swagger-ui-dist");
        let embedded = workspace::root().join(EMBEDDED);
        if self.update {
            copy(&package, &embedded)?;
        }
        compare(&package, &embedded)?;
        let binaries = match &self.bin_dir {
            Some(folder) => std::path::absolute(folder).context("no current folder")?,
            None => {
                program::build(PROFILE).await?;
                workspace::binaries(PROFILE)
            }
        };
        let made = workspace::target().join("pages");
        let screenshots = match self.screenshots {
            true => workspace::root().join("infra/docs/screenshots"),
            false => made.join("screenshots"),
        };
        let mut node = run::command("node");
        node.arg("tests/pages/docs.mjs").arg(binaries.join(program::NAME)).args([
            browser,
            tools::pages_modules(),
            made.join("cloud"),
            screenshots,
        ]);
        run::shown("pages in a browser", node).await
    }
}

/// What the function embeds is what the lock file pins, byte for byte.
fn compare(package: &Path, embedded: &Path) -> Result<()> {
    for file in FILES {
        let read = |folder: &Path| {
            let path = folder.join(file);
            fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        if read(package)? != read(embedded)? {
            bail!(
                "{EMBEDDED}/{file} is not that of the pinned package: cargo xtask pages --update"
            );
        }
    }
    Ok(())
}

fn copy(package: &Path, embedded: &Path) -> Result<()> {
    for file in FILES {
        let to = embedded.join(file);
        fs::copy(package.join(file), &to)
            .with_context(|| format!("cannot write {}", to.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_changed_is_named_and_an_update_restores_it() {
        let folder = tempfile::tempdir().unwrap();
        let (package, embedded) = (folder.path().join("a"), folder.path().join("b"));
        for side in [&package, &embedded] {
            fs::create_dir(side).unwrap();
            FILES.iter().for_each(|file| fs::write(side.join(file), *file).unwrap());
        }
        compare(&package, &embedded).unwrap();
        fs::write(embedded.join("NOTICE"), "other").unwrap();
        let refused = compare(&package, &embedded).unwrap_err().to_string();
        assert!(refused.contains("NOTICE") && refused.contains("--update"), "{refused}");
        copy(&package, &embedded).unwrap();
        compare(&package, &embedded).unwrap();
    }

    #[test]
    fn the_function_embeds_every_file_and_no_other() {
        let folder = fs::read_dir(workspace::root().join(EMBEDDED)).unwrap().flatten();
        let mut found: Vec<_> =
            folder.map(|file| file.file_name().into_string().unwrap()).collect();
        found.sort();
        assert_eq!(found, FILES);
    }
}
