//! Items of the table, as they are stored. Each is read into a domain type or is corrupt.

mod batch;
mod carrier;
mod claim;
mod client;
mod delivery;
mod endpoint;
mod esim;
mod idempotency;
mod order;
mod provisioning;
mod signing_key;
mod subscription;

use time::OffsetDateTime;

pub(crate) use batch::{BatchRecord, BatchRequestRecord};
pub(crate) use carrier::{
    BuyerOrderRecord, CarrierRecord, DocumentRecord, KnownNotificationRecord, NotificationRecord,
    PartyCredentialsRecord, PartyRecord, PartyTenantRecord, PonRecord, SvlanRecord,
};
pub(crate) use claim::ClaimRecord;
pub(crate) use client::ClientRecord;
pub(crate) use delivery::{
    AttemptRecord, DeliveryRecord, KEPT as DELIVERIES_KEPT, WAITING, logged, state_words,
};
pub(crate) use endpoint::EndpointRecord;
pub(crate) use esim::{
    CurrenciesRecord, CustomerRecord, EsimOrderRecord, EsimRecord, FreeProfileRecord,
    ProductRecord, ProfileRecord, QuarantinedProfileRecord,
};
pub(crate) use idempotency::IdempotencyRecord;
pub(crate) use order::{
    ArchiveRecord, BacklogRecord, HistoryRecord, OrderHeader, history, history_record,
};
pub(crate) use provisioning::ProvisioningRecord;
pub(crate) use signing_key::{KeyRingRecord, PublicKeyRecord};
pub(crate) use subscription::SubscriptionRecord;

use crate::error::StoreError;

/// Milliseconds since 1970: half the size of RFC 3339 text, and it sorts as a number.
pub(crate) fn to_millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The moment of a stored number.
pub(crate) fn from_millis(millis: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .map_err(|error| StoreError::Corrupt(error.to_string()))
}
