use std::fmt;

use domain::{
    identity::Tenant,
    webhook::{
        DisableReason, Disabled, Endpoint, EndpointId, EndpointUrl, Health, Patterns, Secret,
        Secrets,
    },
};
use serde::{Deserialize, Serialize};

use super::{from_millis, to_millis};
use crate::{error::StoreError, keys};

/// An endpoint of a tenant, its secrets included.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndpointRecord {
    pk: String,
    pub(crate) sk: String,
    id: EndpointId,
    tenant: Tenant,
    url: EndpointUrl,
    events: Vec<String>,
    secret: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    previous_secrets: Vec<PreviousSecretRecord>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failing_since: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    slow_since: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    disabled_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    disabled_why: Option<String>,
    created_at: i64,
    revision: u64,
}

/// A secret that signs until a time.
#[derive(Clone, Serialize, Deserialize)]
struct PreviousSecretRecord {
    secret: String,
    until: i64,
}

impl fmt::Debug for EndpointRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointRecord").field("id", &self.id).finish_non_exhaustive()
    }
}

impl EndpointRecord {
    pub(crate) fn new(endpoint: &Endpoint, index: u8) -> Self {
        let key = keys::endpoint(&endpoint.tenant, index);
        let previous = endpoint.secrets.previous.iter().map(|(secret, until)| {
            PreviousSecretRecord { secret: secret.reveal(), until: to_millis(*until) }
        });
        let Health { failing_since, slow_since, disabled } = endpoint.health;
        Self {
            pk: key.pk,
            sk: key.sk,
            id: endpoint.id.clone(),
            tenant: endpoint.tenant.clone(),
            url: endpoint.url.clone(),
            events: endpoint.events.iter().map(|pattern| pattern.to_string()).collect(),
            secret: endpoint.secrets.current.reveal(),
            previous_secrets: previous.collect(),
            failing_since: failing_since.map(to_millis),
            slow_since: slow_since.map(to_millis),
            disabled_at: disabled.map(|disabled| to_millis(disabled.at)),
            disabled_why: disabled.map(|disabled| disabled.why.as_str().to_owned()),
            created_at: to_millis(endpoint.created_at),
            revision: endpoint.revision,
        }
    }

    /// Its index among the tenant's endpoints.
    pub(crate) fn index(&self) -> Option<u8> {
        keys::endpoint_index(&self.sk)
    }
}

impl TryFrom<EndpointRecord> for Endpoint {
    type Error = StoreError;

    fn try_from(record: EndpointRecord) -> Result<Self, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("endpoint {}: {what}", record.id));
        let secret = |text: &str| text.parse::<Secret>().map_err(|_| corrupt("secret"));
        let previous = record
            .previous_secrets
            .iter()
            .map(|previous| Ok((secret(&previous.secret)?, from_millis(previous.until)?)))
            .collect::<Result<_, StoreError>>()?;
        let why = |text: &str| {
            [DisableReason::Gone, DisableReason::OnlyFailures]
                .into_iter()
                .find(|why| why.as_str() == text)
                .ok_or_else(|| corrupt("reason"))
        };
        let disabled = match (record.disabled_at, &record.disabled_why) {
            (Some(at), Some(text)) => Some(Disabled { at: from_millis(at)?, why: why(text)? }),
            _ => None,
        };
        let events = Patterns::from_stored(record.events.iter().map(String::as_str));
        Ok(Self {
            events: events.map_err(|_| corrupt("patterns"))?,
            secrets: Secrets { current: secret(&record.secret)?, previous },
            health: Health {
                failing_since: record.failing_since.map(from_millis).transpose()?,
                slow_since: record.slow_since.map(from_millis).transpose()?,
                disabled,
            },
            created_at: from_millis(record.created_at)?,
            revision: record.revision,
            id: record.id,
            tenant: record.tenant,
            url: record.url,
        })
    }
}
