//! The OpenAPI documents of the code, written to a folder or compared with it.
//!
//! A program of its own, so that the developer's commands need not compile the
//! functions: `cargo xtask openapi` runs it.

use anyhow::{Context, Result, bail};
use api::openapi::Document as OpenApi;
use clap::Parser;
use serde_json::Value;
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
    let done = documents().and_then(|documents| {
        if only_check { check(&folder, &documents) } else { write(&folder, &documents) }
    });
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
fn documents() -> Result<Vec<Document>> {
    let document = |file, api: Value| Document { file, text: format!("{api:#}\n") };
    Ok(vec![
        document("carrier.json", carrier()?),
        document("ecc.json", ecc()?),
        document("esim.json", esim()?),
        document("tokens.json", tokens()?),
        document("webhooks.json", webhooks()?),
    ])
}

/// Mobile subscriptions.
fn ecc() -> Result<Value> {
    let mut document = OpenApi::new(
        "Orderwire ECC",
        "Mobile subscriptions and their provisioning orders. Every change is asynchronous: it is \
         answered with 202 and the number of an order, and a subscription has at most one order \
         outstanding.",
    );
    document.describe(subscriptions_api::describe)?;
    document.describe(provisioning_orders_api::describe)?;
    document.describe(events_api::describe)?;
    document.describe(batches_api::describe)?;
    Ok(document.finish())
}

/// Orders between carriers.
fn carrier() -> Result<Value> {
    let mut document = OpenApi::new(
        "Orderwire carrier orders",
        "Ethernet services that a Buyer orders from a Seller. What the Buyer sends is kept and \
         comes back as it was sent, members that are not described here included; how the order \
         stands is told by its status and its notifications.",
    );
    document.describe(carrier_orders_api::describe)?;
    document.describe(carrier_status_api::describe)?;
    document.describe(carrier_notifications_api::describe)?;
    Ok(document.finish())
}

/// eSIMs.
fn esim() -> Result<Value> {
    let mut document = OpenApi::new(
        "Orderwire eSIM orders",
        "eSIMs made ready at an SM-DP+, and plans for them. An order is accepted with 201 and \
         carried out asynchronously; once it is COMPLETED its output holds the activation code.",
    );
    document.describe(esim_orders_api::describe)?;
    document.describe(es2plus_callback_api::describe)?;
    Ok(document.finish())
}

/// Endpoints that clients are told at.
fn webhooks() -> Result<Value> {
    let mut document = OpenApi::new(
        "Orderwire webhooks",
        "Endpoints that are told what happens to orders of every kind: signed by Standard \
         Webhooks 1.0, at least once, with a sequence without gaps for each order.",
    );
    document.describe(webhooks_api::describe)?;
    Ok(document.finish())
}

/// Access tokens.
fn tokens() -> Result<Value> {
    let mut document = OpenApi::new(
        "Orderwire access tokens",
        "OAuth2 client credentials: a client's secret becomes an access token, valid for 15 \
         minutes.",
    );
    document.describe(token_api::describe)?;
    Ok(document.finish())
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
