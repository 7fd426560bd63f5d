//! Items of the table, as they are stored. Each is read into a domain type or is corrupt.

mod batch;
mod carrier;
mod catalogue;
mod claim;
mod client;
mod console;
mod customer;
mod delivery;
mod details;
mod drift;
mod endpoint;
mod esim;
mod format;
mod fulfilment;
mod idempotency;
mod order;
mod party;
mod pool;
mod progress;
mod provisioning;
mod service_order;
mod signing_key;
mod sim;
mod subscription;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use time::OffsetDateTime;

pub(crate) use batch::{BatchRecord, BatchRequestRecord};
pub(crate) use carrier::{
    CarrierBody, CarrierRecord, CarrierState, DocumentRecord, NotificationRecord, PonRecord,
};
pub(crate) use catalogue::{CurrenciesRecord, ProductRecord};
pub(crate) use claim::ClaimRecord;
pub(crate) use client::ClientRecord;
pub(crate) use console::ConsoleRecord;
pub(crate) use customer::{CustomerRecord, EsimRecord};
pub(crate) use delivery::{
    AttemptRecord, DeliveryRecord, KEPT as DELIVERIES_KEPT, WAITING, logged, state_words,
};
pub(crate) use details::PlanRecord;
pub(crate) use drift::{FindingRecord, PassRecord};
pub(crate) use endpoint::EndpointRecord;
pub(crate) use esim::{EsimOrderBody, EsimOrderErasure, EsimOrderState};
pub(crate) use format::{Format, Formatted};
pub(crate) use fulfilment::InstallationRecord;
pub(crate) use idempotency::IdempotencyRecord;
pub(crate) use order::{
    ArchiveRecord, BacklogRecord, OrderHeader, OrderRecord, history, history_record,
};
pub(crate) use party::{PartyCredentialsRecord, PartyRecord, PartyTenantRecord, SvlanRecord};
pub(crate) use pool::{ProfileRecord, QuarantinedProfileRecord};
pub(crate) use provisioning::{ChangeRecord, ProvisioningBody};
pub(crate) use service_order::{
    ExternalIdRecord, ServiceOrderBody, ServiceOrderRecord, ServiceOrderState,
};
pub(crate) use signing_key::{KeyRingRecord, PublicKeyRecord};
pub(crate) use sim::{ImsiRecord, SimKeysRecord, SimRecord};
pub(crate) use subscription::SubscriptionRecord;

use crate::error::StoreError;
use format::format_of;

/// Milliseconds since 1970: half the size of RFC 3339 text, and it sorts as a number.
pub(crate) fn to_millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The time of a stored number.
pub(crate) fn from_millis(millis: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The format of a time in a record: that of [`to_millis`].
struct Millis;

impl Millis {
    fn serialize<S: Serializer>(at: &OffsetDateTime, to: S) -> Result<S::Ok, S::Error> {
        to_millis(*at).serialize(to)
    }

    fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<OffsetDateTime, D::Error> {
        from_millis(i64::deserialize(from)?).map_err(D::Error::custom)
    }
}

format_of!(OffsetDateTime: Millis);
