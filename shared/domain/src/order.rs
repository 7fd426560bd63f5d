//! What every order has, whatever its kind.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The kinds of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderKind {
    /// A provisioning order of a mobile subscription.
    Ecc,
    /// An order between two carriers.
    Carrier,
    /// An order of an eSIM.
    Esim,
}

impl OrderKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Ecc, Self::Carrier, Self::Esim];

    /// The value in items, messages and payloads.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ecc => "ecc",
            Self::Carrier => "carrier",
            Self::Esim => "esim",
        }
    }
}

impl fmt::Display for OrderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An entry of an order's history: a status that the order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange<S> {
    /// Position in the history, from 1; the placement is the first.
    pub sequence: u64,
    /// The new status.
    pub status: S,
    /// When.
    pub at: OffsetDateTime,
    /// Why, in words for the client.
    pub reason: Option<String>,
    /// Who decided, where that is recorded: a part of the system, or the operator's name.
    pub by: Option<String>,
}

impl<S> StatusChange<S> {
    /// Who decided; empty where that is not recorded.
    pub fn decided_by(&self) -> &str {
        self.by.as_deref().unwrap_or_default()
    }
}

/// Why an order needs intervention by the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// Since when.
    pub since: OffsetDateTime,
    /// What is known, in words for the operator.
    pub why: String,
}
