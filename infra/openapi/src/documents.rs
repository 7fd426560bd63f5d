//! The OpenAPI documents of the code, one for each API.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use api::openapi::Document as OpenApi;

use crate::functions::functions;

/// An API's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentId {
    /// Orders between carriers.
    Carrier,
    /// Mobile subscriptions.
    Ecc,
    /// eSIMs.
    Esim,
    /// Product orders (TMF622).
    ProductOrders,
    /// Service orders (TMF641).
    ServiceOrders,
    /// Access tokens.
    Tokens,
    /// Endpoints that clients are notified at.
    Webhooks,
}

impl DocumentId {
    /// Every document.
    pub const ALL: [Self; 7] = [
        Self::Carrier,
        Self::Ecc,
        Self::Esim,
        Self::ProductOrders,
        Self::ServiceOrders,
        Self::Tokens,
        Self::Webhooks,
    ];

    /// File name under `infra/openapi/`.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Carrier => "carrier.json",
            Self::Ecc => "ecc.json",
            Self::Esim => "esim.json",
            Self::ProductOrders => "product-orders.json",
            Self::ServiceOrders => "service-orders.json",
            Self::Tokens => "tokens.json",
            Self::Webhooks => "webhooks.json",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Carrier => "Orderwire carrier orders",
            Self::Ecc => "Orderwire ECC",
            Self::Esim => "Orderwire eSIM orders",
            Self::ProductOrders => "Orderwire product orders",
            Self::ServiceOrders => "Orderwire service orders",
            Self::Tokens => "Orderwire access tokens",
            Self::Webhooks => "Orderwire webhooks",
        }
    }

    const fn introduction(self) -> &'static str {
        match self {
            Self::Carrier => {
                "Ethernet services that a Buyer orders from a Seller. What the Buyer sends is \
                 kept and comes back as it was sent, members that are not described here \
                 included; how the order stands is told by its status and its notifications."
            }
            Self::Ecc => {
                "Mobile subscriptions and their provisioning orders. Every change is \
                 asynchronous: it is answered with 202 and the number of an order, and a \
                 subscription has at most one order outstanding."
            }
            Self::Esim => {
                "eSIMs made ready at an SM-DP+, and plans for them. An order is accepted with \
                 201 and carried out asynchronously; once it is COMPLETED its output holds the \
                 activation code."
            }
            Self::ProductOrders => {
                "TMF622 v4.0: orders of several items, each executed by an order of its own. What \
                 the client sends is kept and comes back as it was sent, with the server's own \
                 members over it."
            }
            Self::ServiceOrders => {
                "TMF641 v4.1: orders of several items, each executed by an order of its own. What \
                 the client sends is kept and comes back as it was sent, with the server's own \
                 members over it."
            }
            Self::Tokens => {
                "OAuth2 client credentials: a client's secret becomes an access token, valid \
                 for 15 minutes."
            }
            Self::Webhooks => {
                "Endpoints that are told what happens to orders of every kind: signed by \
                 Standard Webhooks 1.0, at least once, with a sequence without gaps for each \
                 order."
            }
        }
    }
}

/// Writes every document to a folder, or only compares it with the file there.
///
/// # Errors
/// A route is not described, a file cannot be written, or `only_check` and a file differs.
pub fn generate(folder: &Path, only_check: bool) -> Result<()> {
    let documents = documents()?;
    if only_check { check(folder, &documents) } else { write(folder, &documents) }
}

/// A document: file name under `infra/openapi/`, and its JSON text.
struct Document {
    file: &'static str,
    text: String,
}

/// The document of an API, from its functions: they own the types, so they own the text.
///
/// # Errors
/// A route is not described, or two functions serve it.
pub fn describe(id: DocumentId) -> Result<OpenApi> {
    let mut document = OpenApi::new(id.title(), id.introduction());
    let described = functions().into_iter().filter_map(|function| function.document);
    for (_, describe) in described.filter(|(document, _)| *document == id) {
        document.describe(describe)?;
    }
    Ok(document)
}

fn documents() -> Result<Vec<Document>> {
    DocumentId::ALL
        .into_iter()
        .map(|id| Ok(Document { file: id.file(), text: format!("{:#}\n", describe(id)?.finish()) }))
        .collect()
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
