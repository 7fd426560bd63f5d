//! The OpenAPI documents of the code, written to a folder or compared with it.
//!
//! A program of its own, so that the developer's commands need not compile the
//! functions: `cargo xtask openapi` runs it.

use anyhow::{Context, Result, bail};
use clap::Parser;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Write the OpenAPI documents of the code
#[derive(Parser)]
struct Openapi {
    /// Where the documents are
    folder: PathBuf,
    /// Write nothing; fail when a file is not what the code says
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let Openapi { folder, check: only_check } = Openapi::parse();
    let documents = documents();
    let done = if only_check { check(&folder, &documents) } else { write(&folder, &documents) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
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
