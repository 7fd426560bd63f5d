//! `cargo xtask openapi`: the documents of the code, written or compared.

use crate::workspace;
use anyhow::{Context, Result, bail};
use std::{fs, path::Path};

/// Write the OpenAPI documents of the code to infra/openapi
#[derive(clap::Args)]
pub(crate) struct Openapi {
    /// Write nothing; fail when a file is not what the code says
    #[arg(long)]
    check: bool,
}

/// A document: file name under `infra/openapi/`, and its JSON text.
struct Document {
    file: &'static str,
    text: String,
}

/// One document for each API. The functions own the types, so they own the text.
fn documents() -> Vec<Document> {
    Vec::new()
}

impl Openapi {
    pub(crate) async fn run(self) -> Result<()> {
        let folder = workspace::root().join("infra/openapi");
        if self.check { check(&folder, &documents()) } else { write(&folder, &documents()) }
    }
}

fn write(folder: &Path, documents: &[Document]) -> Result<()> {
    fs::create_dir_all(folder)?;
    for stale in strangers(folder, documents)? {
        fs::remove_file(folder.join(stale))?;
    }
    for document in documents {
        let path = folder.join(document.file);
        fs::write(&path, &document.text)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn check(folder: &Path, documents: &[Document]) -> Result<()> {
    let mut wrong = strangers(folder, documents)?;
    for document in documents {
        let found = fs::read_to_string(folder.join(document.file)).unwrap_or_default();
        if found != document.text {
            wrong.push(document.file.to_owned());
        }
    }
    if !wrong.is_empty() {
        bail!("not what the code says, run `cargo xtask openapi`: {}", wrong.join(", "));
    }
    Ok(())
}

/// JSON files in `folder` that no document stands for.
fn strangers(folder: &Path, documents: &[Document]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(names);
    };
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") && documents.iter().all(|document| document.file != name) {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> [Document; 1] {
        [Document { file: "ecc.json", text: "{}\n".to_owned() }]
    }

    #[test]
    fn what_was_written_is_what_is_checked() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check(folder.path(), &one()).is_err());
        write(folder.path(), &one()).unwrap();
        check(folder.path(), &one()).unwrap();
    }

    #[test]
    fn a_document_that_the_code_no_longer_has_is_refused_and_then_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("old.json"), "{}").unwrap();
        assert!(check(folder.path(), &[]).is_err());
        write(folder.path(), &[]).unwrap();
        check(folder.path(), &[]).unwrap();
    }
}
