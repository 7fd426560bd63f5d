use std::collections::BTreeMap;

use domain::{
    idempotency::{Audience, IdempotencyGuard, KEPT, PartyRole, StoredResponse},
    identity::Role,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::keys;

/// The response to a request, under the caller's key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdempotencyRecord {
    pk: String,
    sk: String,
    fingerprint: String,
    response_status: u16,
    headers: BTreeMap<String, String>,
    body: String,
    /// Who may get the response; every client of the tenant when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    audience: Option<Vec<PartyRoleRecord>>,
    /// Seconds since 1970: the table's TTL attribute.
    expires_at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PartyRoleRecord {
    role: Role,
    party: String,
}

impl IdempotencyRecord {
    pub(crate) fn new(guard: &IdempotencyGuard, now: OffsetDateTime) -> Self {
        let IdempotencyGuard { tenant, request, response } = guard;
        let key = keys::idempotency(tenant, &request.key);
        Self {
            pk: key.pk,
            sk: key.sk,
            fingerprint: request.fingerprint.clone(),
            response_status: response.status,
            headers: response.headers.clone(),
            body: response.body.clone(),
            audience: match &response.audience {
                Audience::Tenant => None,
                Audience::Parties(parties) => {
                    Some(parties.iter().map(PartyRoleRecord::from).collect())
                }
            },
            expires_at: (now + KEPT).unix_timestamp(),
        }
    }

    /// Whether it has not expired: TTL deletes up to days late.
    pub(crate) fn lives(&self, now: OffsetDateTime) -> bool {
        self.expires_at >= now.unix_timestamp()
    }
}

impl From<&PartyRole> for PartyRoleRecord {
    fn from(party: &PartyRole) -> Self {
        Self { role: party.role, party: party.party.clone() }
    }
}

impl From<IdempotencyRecord> for StoredResponse {
    fn from(record: IdempotencyRecord) -> Self {
        let party = |stored: PartyRoleRecord| PartyRole { role: stored.role, party: stored.party };
        Self {
            fingerprint: record.fingerprint,
            status: record.response_status,
            headers: record.headers,
            body: record.body,
            audience: record.audience.map_or(Audience::Tenant, |parties| {
                Audience::Parties(parties.into_iter().map(party).collect())
            }),
        }
    }
}
