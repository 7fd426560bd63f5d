//! What eSIM orders need: a catalogue, and profiles both at the SM-DP+ and in the pool.

use std::collections::BTreeSet;

use domain::{
    esim::{Currency, Product, ProductId, ProfileType},
    identity::Tenant,
    numbering::Iccid,
};
use store::{DynamoCatalogue, DynamoStock, Table};

use super::SeedError;
use crate::smdp::{Delivery, Smdp};

/// Whose catalogue it is.
pub(super) const TENANT: &str = "demo-esim";
/// Product and type of profile; the first is that of the published examples.
const PRODUCTS: [(&str, &str); 3] =
    [("a3u3z000000PZBhAAO", "consumer"), ("demo-data-10gb", "consumer"), ("demo-iot-1mb", "iot")];
const CURRENCIES: [&str; 2] = ["USD", "EUR"];
/// Type, what the numbers begin with, how many.
const PROFILES: [(&str, &str, usize); 2] =
    [("consumer", "8946117771", 1_000), ("iot", "8946117772", 100)];

/// The ids of the products.
pub(super) fn products() -> Vec<String> {
    PRODUCTS.iter().map(|(id, _)| (*id).to_owned()).collect()
}

/// Registers the catalogue and fills the pool.
pub(super) async fn esim_stock(table: &Table, smdp: &Smdp) -> Result<(), SeedError> {
    let catalogue = DynamoCatalogue::new(table.clone());
    let tenant: Tenant = parsed(TENANT)?;
    for (id, profile_type) in PRODUCTS {
        let product = Product { id: parsed::<ProductId>(id)?, profile_type: parsed(profile_type)? };
        catalogue.put_product(&tenant, &product).await?;
    }
    let currencies: Result<BTreeSet<Currency>, _> = CURRENCIES.into_iter().map(parsed).collect();
    catalogue.put_currencies(&tenant, currencies?).await?;
    let stock = DynamoStock::new(table.clone());
    for (profile_type, prefix, count) in PROFILES {
        let delivery = Delivery {
            profile_type: profile_type.to_owned(),
            iccids: Vec::new(),
            count,
            prefix: prefix.to_owned(),
        };
        let delivered: Result<Vec<Iccid>, _> =
            smdp.deliver(&delivery).iter().map(|iccid| parsed(iccid)).collect();
        let profile_type: ProfileType = parsed(profile_type)?;
        for some in delivered?.chunks(DynamoStock::MOST) {
            stock.import(&profile_type, some).await?;
        }
    }
    Ok(())
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, SeedError> {
    text.parse().map_err(|_| SeedError::Invalid(text.to_owned()))
}
