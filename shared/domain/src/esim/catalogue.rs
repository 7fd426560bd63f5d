//! What a client may order.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Currency, ProfileType};
use crate::text::texts;

texts! {
    /// A product of a client's catalogue. Providers' ids are base64 in places.
    ProductId, 64, "A-Z a-z 0-9 . _ = + / -", "A-Za-z0-9._=+/-", "a3u3z000000PZBhAAO",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'=' | b'+' | b'/' | b'-');
}

/// Something that can be ordered: a plan, and the profile it runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// The type of profile a new eSIM for it has.
    pub profile_type: ProfileType,
}

/// What one tenant's clients may order; of a large catalogue only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Products by id.
    pub products: BTreeMap<ProductId, Product>,
    /// Currencies in which prices may be told.
    pub currencies: BTreeSet<Currency>,
}

impl Catalogue {
    /// Of these products and currencies.
    pub fn of(
        products: impl IntoIterator<Item = Product>,
        currencies: impl IntoIterator<Item = Currency>,
    ) -> Self {
        Self {
            products: products.into_iter().map(|product| (product.id.clone(), product)).collect(),
            currencies: currencies.into_iter().collect(),
        }
    }
}
