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
use store::{ClientAdministration, DynamoCatalogue};

use crate::{
    context::Context,
    error::CommandError,
    input,
    output::{Output, Report, counted, listed, printable},
};

/// What to do with catalogues.
#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Register products and currencies of a tenant
    Import(ImportCatalogue),
    /// List a tenant's products and currencies
    List(ListCatalogue),
}

/// A catalogue to list.
#[derive(Debug, Args)]
pub struct ListCatalogue {
    /// Whose catalogue it is
    #[arg(long)]
    pub tenant: Tenant,
}

/// A catalogue to import.
#[derive(Debug, Args)]
pub struct ImportCatalogue {
    /// A file, or `-` for standard input, with JSON: {"currencies": ["EUR"], "products": [{"id": "P", "profileType": "consumer"}]}
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
            Self::List(wanted) => output.show(&list(context, wanted).await?),
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
        writeln!(out, "{} of {} registered", counted(self.products, "product"), self.tenant)?;
        match &self.currencies {
            Some(currencies) => {
                writeln!(out, "currencies\t{}", listed(currencies))
            }
            None => Ok(()),
        }
    }
}

#[derive(Debug, Serialize)]
struct Listed {
    tenant: Tenant,
    products: Vec<Product>,
    currencies: BTreeSet<Currency>,
}

impl Report for Listed {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.products.is_empty() {
            writeln!(out, "{} has no products", self.tenant)?;
        } else {
            writeln!(out, "PRODUCT\tTYPE OF PROFILE")?;
        }
        for Product { id, profile_type } in &self.products {
            let profile_type = printable(&profile_type.to_string());
            writeln!(out, "{}\t{profile_type}", printable(id.as_str()))?;
        }
        writeln!(out, "currencies\t{}", listed(&self.currencies))
    }
}

async fn list(context: &Context, wanted: ListCatalogue) -> Result<Listed, CommandError> {
    let ListCatalogue { tenant } = wanted;
    let table = context.table()?;
    let (products, currencies) = DynamoCatalogue::new(table.clone()).of(&tenant).await?;
    if products.is_empty() && currencies.is_empty() {
        let clients = ClientAdministration::new(table).all().await?;
        if !clients.iter().any(|client| client.tenant == tenant) {
            return Err(CommandError::NoTenant(tenant));
        }
    }
    Ok(Listed { tenant, products, currencies })
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
    let text = input::text(file).map_err(|error| unreadable(error.to_string()))?;
    if !text.trim_start().starts_with('{') {
        return Err(unreadable("this is no JSON object with products and currencies".to_owned()));
    }
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}
