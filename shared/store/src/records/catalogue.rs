use std::collections::BTreeSet;

use domain::esim::{Currency, ProfileType};
use serde::{Deserialize, Serialize};

/// A product of a tenant's catalogue; its id is the sort key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) profile_type: ProfileType,
    pub(crate) revision: u64,
}

/// The currencies in which a tenant's prices may be told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CurrenciesRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) currencies: BTreeSet<Currency>,
    pub(crate) revision: u64,
}
