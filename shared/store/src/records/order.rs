use domain::{
    lease::Fence,
    provisioning::{Intervention, OrderStatus, Passage},
};
use serde::{Deserialize, Serialize};

use super::{from_millis, to_millis};
use crate::error::StoreError;

/// Which API an order came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderKind {
    /// A provisioning order of the ECC API.
    Ecc,
}

impl OrderKind {
    /// The word in the item and in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ecc => "ecc",
        }
    }
}

/// What every order has, of whatever kind: enough for relay, sweeper and dead letters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderHeader {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) kind: OrderKind,
    pub(crate) status: String,
    pub(crate) correlation_id: String,
    pub(crate) revision: u64,
    #[serde(default)]
    pub(crate) fence: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) lease_owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) lease_until: Option<i64>,
    #[serde(default)]
    pub(crate) attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) due_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) needs_intervention_since: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) needs_intervention_why: Option<String>,
}

impl OrderHeader {
    pub(crate) fn fence(&self) -> Fence {
        Fence(self.fence)
    }

    pub(crate) fn intervention(&self) -> Result<Option<Intervention>, StoreError> {
        let why = self.needs_intervention_why.clone().unwrap_or_default();
        self.needs_intervention_since
            .map(|since| Ok(Intervention { since: from_millis(since)?, why }))
            .transpose()
    }
}

/// One transition in an order's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PassageRecord {
    status: OrderStatus,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    by: String,
}

impl From<&Passage> for PassageRecord {
    fn from(passage: &Passage) -> Self {
        Self {
            status: passage.status,
            at: to_millis(passage.at),
            reason: passage.reason.clone(),
            by: passage.by.clone(),
        }
    }
}

impl TryFrom<PassageRecord> for Passage {
    type Error = StoreError;

    fn try_from(record: PassageRecord) -> Result<Self, StoreError> {
        Ok(Self {
            status: record.status,
            at: from_millis(record.at)?,
            reason: record.reason,
            by: record.by,
        })
    }
}
