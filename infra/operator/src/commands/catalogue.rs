//! `catalogue`: what a tenant's clients may order as eSIMs.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use domain::{
    esim::{Currency, Product},
    identity::Tenant,
};
use serde::{Deserialize, Serialize};
use store::DynamoCatalogue;

use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report},
};

/// What to do with catalogues.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Register products and currencies of a tenant
    Import(ImportCatalogue),
}

/// A catalogue to import.
#[derive(Debug, Args)]
pub struct ImportCatalogue {
    /// JSON: {"currencies": ["EUR"], "products": [{"id": "P", "profileType": "consumer"}]}
    pub file: PathBuf,
    /// Whose catalogue it is
    #[arg(long)]
    pub tenant: Tenant,
}

/// The file. Products that it does not name stay as they are; its currencies take the place of
/// those before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    #[serde(default)]
    currencies: Option<BTreeSet<Currency>>,
    #[serde(default)]
    products: Vec<Product>,
}

impl CatalogueCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::Import(wanted) => output.show(&import(context, wanted).await?),
        }
    }
}

#[derive(Debug, Serialize)]
struct Imported {
    tenant: Tenant,
    products: usize,
    currencies: Option<BTreeSet<Currency>>,
}

impl Report for Imported {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} products of {} registered", self.products, self.tenant)?;
        match &self.currencies {
            Some(currencies) => {
                writeln!(out, "currencies\t{}", crate::output::listed(currencies))
            }
            None => Ok(()),
        }
    }
}

async fn import(context: &Context, wanted: ImportCatalogue) -> Result<Imported, CommandError> {
    let ImportCatalogue { file, tenant } = wanted;
    let CatalogueFile { currencies, products } = read(&file)?;
    let catalogue = DynamoCatalogue::new(context.table()?);
    for product in &products {
        if !catalogue.put_product(&tenant, product).await? {
            return Err(CommandError::CatalogueChanged);
        }
    }
    if let Some(currencies) = &currencies
        && !catalogue.put_currencies(&tenant, currencies.clone()).await?
    {
        return Err(CommandError::CatalogueChanged);
    }
    Ok(Imported { tenant, products: products.len(), currencies })
}

fn read(file: &Path) -> Result<CatalogueFile, CommandError> {
    let unreadable = |why: String| CommandError::ImportFile { file: file.to_owned(), why };
    let text = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
}
