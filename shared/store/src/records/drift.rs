use domain::{
    drift::{DriftSubject, Finding, Pass, PassCounts, PassPosition, RepairState},
    identity::Tenant,
    network::{Drift, InventoryPosition},
    provisioning::OrderNumber,
    subscription::SubscriptionId,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Millis, format::Maybe};
use crate::{error::StoreError, keys};

/// A difference between orders and a network.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingRecord {
    pk: String,
    sk: String,
    drift: String,
    difference: String,
    network: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    subscription: Option<SubscriptionId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tenant: Option<Tenant>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_order: Option<OrderNumber>,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    repairable: bool,
    #[serde(with = "Millis")]
    found_at: OffsetDateTime,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    approved_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    approved_for: Option<Tenant>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    repair: Option<OrderNumber>,
    revision: u64,
}

impl From<&Finding> for FindingRecord {
    fn from(finding: &Finding) -> Self {
        let key = keys::finding(&finding.subject);
        let finding = finding.clone();
        let (approved_by, approved_for, repair) = match finding.repair {
            RepairState::Proposed => (None, None, None),
            RepairState::Approved { by, tenant } => (Some(by), tenant, None),
            RepairState::Ordered(order) => (None, None, Some(order)),
        };
        Self {
            pk: key.pk,
            sk: key.sk,
            drift: finding.drift.kind.as_str().to_owned(),
            difference: finding.drift.difference,
            network: finding.network,
            subscription: finding.subscription,
            tenant: finding.tenant,
            last_order: finding.last_order,
            repairable: finding.is_repairable,
            found_at: finding.found_at,
            approved_by,
            approved_for,
            repair,
            revision: finding.revision,
        }
    }
}

impl TryFrom<FindingRecord> for Finding {
    type Error = StoreError;

    fn try_from(record: FindingRecord) -> Result<Self, StoreError> {
        let corrupt = || StoreError::Corrupt("a finding of drift".to_owned());
        let repair = match (record.repair, record.approved_by) {
            (Some(order), _) => RepairState::Ordered(order),
            (None, Some(by)) => RepairState::Approved { by, tenant: record.approved_for },
            (None, None) => RepairState::Proposed,
        };
        Ok(Self {
            subject: record.sk.parse::<DriftSubject>().map_err(|_| corrupt())?,
            drift: Drift {
                kind: record.drift.parse().map_err(|_| corrupt())?,
                difference: record.difference,
            },
            network: record.network,
            subscription: record.subscription,
            tenant: record.tenant,
            last_order: record.last_order,
            is_repairable: record.repairable,
            found_at: record.found_at,
            repair,
            revision: record.revision,
        })
    }
}

/// A comparison of orders and networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PassRecord {
    pk: String,
    sk: String,
    #[serde(with = "Millis")]
    began_at: OffsetDateTime,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "Maybe::<Millis>")]
    ended_at: Option<OffsetDateTime>,
    /// Of the subscriptions: how far it has come.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tenant: Option<Tenant>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    after: Option<SubscriptionId>,
    /// Of the subscribers, when all subscriptions are compared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    network: Option<String>,
    #[serde(default)]
    after_entry: u64,
    #[serde(default)]
    empty_entries: u64,
    subscriptions: u64,
    subscribers: u64,
    found: u64,
    skipped: u64,
    not_kept: u64,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    not_listed: Vec<String>,
    revision: u64,
}

impl From<&Pass> for PassRecord {
    fn from(pass: &Pass) -> Self {
        let key = keys::drift_pass();
        let (mut tenant, mut after, mut network) = (None, None, None);
        let mut entries = InventoryPosition::default();
        match pass.position.clone() {
            PassPosition::Subscriptions { tenant: of, after: last } => (tenant, after) = (of, last),
            PassPosition::Subscribers { network: of, from } => {
                (network, entries) = (Some(of), from)
            }
            PassPosition::Finished => {}
        }
        let PassCounts { subscriptions, subscribers, found, skipped, not_kept } = pass.counts;
        Self {
            pk: key.pk,
            sk: key.sk,
            began_at: pass.began_at,
            ended_at: pass.ended_at,
            tenant,
            after,
            network,
            after_entry: entries.after,
            empty_entries: entries.empty,
            subscriptions,
            subscribers,
            found,
            skipped,
            not_kept,
            not_listed: pass.not_listed.clone(),
            revision: pass.revision,
        }
    }
}

impl From<PassRecord> for Pass {
    fn from(record: PassRecord) -> Self {
        let from = InventoryPosition { after: record.after_entry, empty: record.empty_entries };
        let position = match (record.ended_at, record.network) {
            (Some(_), _) => PassPosition::Finished,
            (None, Some(network)) => PassPosition::Subscribers { network, from },
            (None, None) => {
                PassPosition::Subscriptions { tenant: record.tenant, after: record.after }
            }
        };
        Self {
            began_at: record.began_at,
            ended_at: record.ended_at,
            position,
            counts: PassCounts {
                subscriptions: record.subscriptions,
                subscribers: record.subscribers,
                found: record.found,
                skipped: record.skipped,
                not_kept: record.not_kept,
            },
            not_listed: record.not_listed,
            revision: record.revision,
        }
    }
}
