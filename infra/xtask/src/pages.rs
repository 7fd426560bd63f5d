//! `cargo xtask pages`: a browser reads the documentation, tries the APIs on it, and uses the console.

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

/// Files of a package that a function embeds.
struct Embedded {
    /// Where the package has them.
    package: &'static str,
    /// Where the function has them.
    folder: &'static str,
    /// Their paths in the package; the function has them all in one folder.
    files: &'static [&'static str],
}

const EMBEDDED: [Embedded; 2] = [
    Embedded {
        package: "swagger-ui-dist",
        folder: "functions/docs-api/assets/swagger-ui",
        files: &[
            "LICENSE",
            "NOTICE",
            "swagger-ui-bundle.js",
            "swagger-ui-bundle.js.LICENSE.txt",
            "swagger-ui.css",
        ],
    },
    Embedded {
        package: "htmx.org",
        folder: "functions/console-api/assets/htmx",
        files: &["LICENSE", "dist/htmx.min.js"],
    },
];

/// The programs that drive a browser, in this order.
const PROGRAMS: [&str; 2] = ["docs", "console"];

/// Read the documentation in a browser, try the APIs on it, and use the console
#[derive(clap::Args)]
pub(crate) struct Pages {
    /// Write the screenshots of the README to infra/docs/screenshots
    #[arg(long)]
    screenshots: bool,
    /// Copy the files of the pinned packages to the functions that embed them
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
        for embedded in &EMBEDDED {
            let package = tools::pages_modules().join(embedded.package);
            if self.update {
                embedded.copy(&package, workspace::root())?;
            }
            embedded.compare(&package, workspace::root())?;
        }
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
        for script in PROGRAMS {
            let mut node = run::command("node");
            node.arg(format!("tests/pages/{script}.mjs")).arg(binaries.join(program::NAME)).args([
                browser.clone(),
                tools::pages_modules(),
                made.join("cloud"),
                screenshots.clone(),
            ]);
            run::shown(&format!("{script} in a browser"), node).await?;
        }
        Ok(())
    }
}

impl Embedded {
    /// A file in the package, and where the function has it.
    fn places(&self, package: &Path, root: &Path, file: &str) -> (PathBuf, PathBuf) {
        let name = file.rsplit('/').next().unwrap_or(file);
        (package.join(file), root.join(self.folder).join(name))
    }

    /// What the function embeds is what the lock file pins, byte for byte.
    fn compare(&self, package: &Path, root: &Path) -> Result<()> {
        for file in self.files {
            let read = |path: PathBuf| {
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
            };
            let (original, copy) = self.places(package, root, file);
            if read(original)? != read(copy)? {
                bail!(
                    "{}/{file} is not that of the pinned package: cargo xtask pages --update",
                    self.folder
                );
            }
        }
        Ok(())
    }

    fn copy(&self, package: &Path, root: &Path) -> Result<()> {
        for file in self.files {
            let (original, copy) = self.places(package, root, file);
            fs::copy(original, &copy)
                .with_context(|| format!("cannot write {}", copy.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_changed_is_named_and_an_update_restores_it() {
        for embedded in &EMBEDDED {
            let folder = tempfile::tempdir().unwrap();
            let (package, root) = (folder.path().join("package"), folder.path().join("root"));
            for file in embedded.files {
                let (original, copy) = embedded.places(&package, &root, file);
                for path in [original, copy] {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, file).unwrap();
                }
            }
            embedded.compare(&package, &root).unwrap();
            let changed = root.join(embedded.folder).join("LICENSE");
            fs::write(changed, "other").unwrap();
            let refused = embedded.compare(&package, &root).unwrap_err().to_string();
            assert!(refused.contains("LICENSE") && refused.contains("--update"), "{refused}");
            embedded.copy(&package, &root).unwrap();
            embedded.compare(&package, &root).unwrap();
        }
    }

    #[test]
    fn the_functions_embed_every_file_and_no_other() {
        for embedded in &EMBEDDED {
            let folder = workspace::root().join(embedded.folder);
            let mut found: Vec<_> = fs::read_dir(folder)
                .unwrap()
                .flatten()
                .map(|file| file.file_name().into_string().unwrap())
                .collect();
            found.sort();
            let mut wanted: Vec<_> =
                embedded.files.iter().map(|file| file.rsplit('/').next().unwrap()).collect();
            wanted.sort_unstable();
            assert_eq!(found, wanted);
        }
    }
}
