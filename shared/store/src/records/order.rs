use domain::{
    carrier::OrderStatus as CarrierStatus,
    esim::EsimOrderStatus,
    lease::Fence,
    order::{Intervention, OrderKind, StatusChange},
    provisioning::OrderStatus,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{from_millis, to_millis};
use crate::{error::StoreError, keys};

/// Whether nothing can happen any more to an order of this kind in this status.
pub(crate) fn is_final(kind: OrderKind, status: &str) -> bool {
    match kind {
        OrderKind::Ecc => status != OrderStatus::Provisioning.as_str(),
        OrderKind::Carrier => CarrierStatus::read(status).is_none_or(CarrierStatus::is_final),
        OrderKind::Esim => status.parse::<EsimOrderStatus>().is_ok_and(EsimOrderStatus::is_final),
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
    /// How many states it has come to, the first one included.
    #[serde(default = "first")]
    pub(crate) sequence: u64,
    /// How many of them have been told.
    #[serde(default)]
    pub(crate) told: u64,
    /// How many notifications it has for its Buyer.
    #[serde(default)]
    pub(crate) notes: u64,
    /// How many of them are on their way to the Buyer, or are not pushed.
    #[serde(default)]
    pub(crate) pushed: u64,
    /// How often its Buyer has asked how it stands.
    #[serde(default)]
    pub(crate) asked: u64,
    /// How many of these questions are answered.
    #[serde(default)]
    pub(crate) answered: u64,
    /// How many steps it has taken that may call for the next one.
    #[serde(default)]
    pub(crate) step: u64,
    /// How many seconds the next step waits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) pace: Option<u32>,
    /// Whether it has ended and holds what must still be given back.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) release: bool,
    /// Whether something waits to be passed on to its Seller; none when it is kept here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) passing: Option<bool>,
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
    /// What `due_at` becomes once all is told: by when the work must go on. Only of kinds whose
    /// open orders may rest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) work_due_at: Option<i64>,
    /// Whether nothing is to be done before `work_due_at`: it is then not late.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) work_waits: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) needs_intervention_since: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) needs_intervention_why: Option<String>,
}

const fn first() -> u64 {
    1
}

impl OrderHeader {
    /// Of an order that is new, and told to nobody.
    pub(crate) fn placed(
        kind: OrderKind,
        id: &str,
        status: &str,
        correlation_id: &str,
        due: OffsetDateTime,
    ) -> Self {
        let key = keys::order(id);
        Self {
            pk: key.pk,
            sk: key.sk,
            kind,
            status: status.to_owned(),
            correlation_id: correlation_id.to_owned(),
            revision: first(),
            sequence: first(),
            told: 0,
            notes: 0,
            pushed: 0,
            asked: 0,
            answered: 0,
            step: 0,
            pace: None,
            release: false,
            passing: None,
            fence: 0,
            lease_owner: None,
            lease_until: None,
            attempts: 0,
            due_shard: Some(keys::due(keys::due_shard(id))),
            due_at: Some(to_millis(due)),
            work_due_at: None,
            work_waits: false,
            needs_intervention_since: None,
            needs_intervention_why: None,
        }
    }

    /// Whether something has happened that nobody was told of.
    pub(crate) const fn untold(&self) -> bool {
        self.told < self.sequence || self.pushed < self.notes || self.answered < self.asked
    }

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

/// An entry of an order's history. Its position is that in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StatusChangeRecord<S> {
    status: S,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    by: Option<String>,
}

/// A history as it is stored.
pub(crate) type HistoryRecord<S> = Vec<StatusChangeRecord<S>>;

pub(crate) fn history_record<S: Copy>(history: &[StatusChange<S>]) -> HistoryRecord<S> {
    let record = |change: &StatusChange<S>| StatusChangeRecord {
        status: change.status,
        at: to_millis(change.at),
        reason: change.reason.clone(),
        by: change.by.clone(),
    };
    history.iter().map(record).collect()
}

/// The history of a record; `first` is the position of its first entry.
pub(crate) fn history<S>(
    record: HistoryRecord<S>,
    first: u64,
) -> Result<Vec<StatusChange<S>>, StoreError> {
    (first..)
        .zip(record)
        .map(|(sequence, StatusChangeRecord { status, at, reason, by })| {
            Ok(StatusChange { sequence, status, at: from_millis(at)?, reason, by })
        })
        .collect()
}
