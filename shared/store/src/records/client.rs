use std::collections::BTreeSet;

use domain::identity::{Client, ClientId, Role, SecretHash, Tenant};
use serde::{Deserialize, Serialize};

use crate::keys;

/// A registered client.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientRecord {
    pk: String,
    sk: String,
    id: ClientId,
    tenant: Tenant,
    roles: BTreeSet<Role>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    parties: BTreeSet<String>,
    secrets: Vec<SecretHash>,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    disabled: bool,
    pub(crate) revision: u64,
    owner_key: String,
    owner_sort: String,
}

impl ClientRecord {
    pub(crate) fn new(client: &Client, revision: u64) -> Self {
        let key = keys::client(&client.id);
        Self {
            pk: key.pk,
            sk: key.sk,
            id: client.id.clone(),
            tenant: client.tenant.clone(),
            roles: client.roles.clone(),
            parties: client.parties.clone(),
            secrets: client.secrets.clone(),
            disabled: client.disabled,
            revision,
            owner_key: keys::ALL_CLIENTS.to_owned(),
            owner_sort: client.id.to_string(),
        }
    }
}

impl From<ClientRecord> for Client {
    fn from(record: ClientRecord) -> Self {
        Self {
            id: record.id,
            tenant: record.tenant,
            roles: record.roles,
            parties: record.parties,
            secrets: record.secrets,
            disabled: record.disabled,
        }
    }
}
