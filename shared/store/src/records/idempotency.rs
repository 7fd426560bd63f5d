use domain::{
    idempotency::{KEPT, Once, Remembered},
    identity::Tenant,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::keys;

/// The answer given to a request, under the caller's key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdempotencyRecord {
    pk: String,
    sk: String,
    fingerprint: String,
    answer_status: u16,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    location: Option<String>,
    body: String,
    /// Seconds since 1970: the table's TTL attribute.
    expires_at: i64,
}

impl IdempotencyRecord {
    pub(crate) fn new(
        tenant: &Tenant,
        once: &Once,
        answer: &Remembered,
        now: OffsetDateTime,
    ) -> Self {
        let key = keys::idempotency(tenant, &once.key);
        Self {
            pk: key.pk,
            sk: key.sk,
            fingerprint: once.fingerprint.clone(),
            answer_status: answer.status,
            location: answer.location.clone(),
            body: answer.body.clone(),
            expires_at: (now + KEPT).unix_timestamp(),
        }
    }

    /// Whether it still counts: TTL deletes up to days late.
    pub(crate) fn lives(&self, now: OffsetDateTime) -> bool {
        self.expires_at >= now.unix_timestamp()
    }
}

impl From<IdempotencyRecord> for Remembered {
    fn from(record: IdempotencyRecord) -> Self {
        Self {
            fingerprint: record.fingerprint,
            status: record.answer_status,
            location: record.location,
            body: record.body,
        }
    }
}
