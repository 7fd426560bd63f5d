use std::fmt;

use serde::{Deserialize, Serialize};

use crate::webhook::Secret;

use super::{ItemDetail, PartyId, ProductReference, Tolerance, word::words};

words! {
    /// On which side of the wire a party is.
    Hosting {
        /// Ours: its orders are kept here.
        Local = "LOCAL",
        /// Somebody else's.
        Remote = "REMOTE",
    }

    /// Who carries a local Seller's orders out.
    FulfilmentPolicy {
        /// We do: date, identifiers, S-VLANs, completion.
        Automatic = "AUTOMATIC",
        /// The Seller's own systems, which report by notifications.
        Manual = "MANUAL",
    }

    /// What a product is for.
    ProductKind {
        /// A `uniProductOrder`.
        Uni = "UNI",
        /// An `accessEplProductOrder`.
        AccessEpl = "ACCESS_EPL",
    }
}

/// An entry of the party registry. Credentials belong to clients, which name the parties they act
/// for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// Its id.
    pub id: PartyId,
    /// On which side of the wire.
    pub hosting: Hosting,
    /// Where a remote party wants to be called, without a slash at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_base: Option<String>,
    /// What a Seller offers. Empty: nobody checks.
    #[serde(default)]
    pub products: Vec<ProductSpecification>,
    /// Who carries a local Seller's orders out.
    pub fulfilment: FulfilmentPolicy,
    /// How many days a local Seller needs at least.
    #[serde(default)]
    pub lead_days: u16,
    /// How many seconds the automation lets pass between two steps of an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace_seconds: Option<u32>,
    /// Which deviations this partner is not forgiven.
    #[serde(default)]
    pub tolerance: Tolerance,
}

/// What we show a remote party when we call it. Kept apart from its entry, which more functions
/// may read.
#[derive(Clone, PartialEq, Eq)]
pub struct PartyCredentials {
    /// The user of HTTP Basic.
    pub client_id: String,
    /// Its password.
    pub client_secret: String,
    /// What our pushes are signed with.
    pub signing: Secret,
}

impl fmt::Debug for PartyCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartyCredentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// A product that a Seller offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductSpecification {
    /// What it is for.
    pub kind: ProductKind,
    /// Its code.
    pub code: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The id of its specification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl ProductSpecification {
    /// Whether a reference means this product: by code, else by name, else by id. A bare text,
    /// read as code, may also be the name.
    pub fn is_meant_by(&self, reference: &ProductReference) -> bool {
        let ProductReference { name, code, id } = reference;
        match (code, name, id) {
            (Some(code), _, _) => *code == self.code || self.name.as_ref() == Some(code),
            (None, Some(name), _) => self.name.as_ref() == Some(name) || *name == self.code,
            (None, None, id) => id.is_some() && *id == self.id,
        }
    }
}

impl ProductKind {
    /// The kind an item needs; none for one that needs no product.
    pub const fn of(detail: &ItemDetail) -> Option<Self> {
        match detail {
            ItemDetail::Ovc(_) => Some(Self::AccessEpl),
            ItemDetail::Uni(_) => Some(Self::Uni),
            ItemDetail::Disconnect { .. } => None,
        }
    }
}
