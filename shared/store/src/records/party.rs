use domain::{
    carrier::{OrderId, Party, PartyCredentials, PartyId, ServiceId},
    identity::{Client, Tenant},
};
use serde::{Deserialize, Serialize};

use crate::{error::StoreError, keys};

/// The claim on an S-VLAN id.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SvlanRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) ovc: ServiceId,
    /// Whose OVC it is: another Buyer may use the same name.
    pub(crate) buyer: PartyId,
    /// The order that claimed it: when it is cancelled, what others claimed stays.
    pub(crate) order: OrderId,
    /// Lists what an OVC has.
    pub(crate) owner_key: String,
    pub(crate) owner_sort: String,
}

/// A party.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartyRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) party: Party,
    pub(crate) revision: u64,
    pub(crate) owner_key: String,
    pub(crate) owner_sort: String,
}

/// What we show a remote party.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartyCredentialsRecord {
    pk: String,
    sk: String,
    client_id: String,
    client_secret: String,
    signing: String,
    pub(crate) revision: u64,
}

impl PartyCredentialsRecord {
    pub(crate) fn new(party: &PartyId, credentials: &PartyCredentials, revision: u64) -> Self {
        let key = keys::party_credentials(party);
        Self {
            pk: key.pk,
            sk: key.sk,
            client_id: credentials.client_id.clone(),
            client_secret: credentials.client_secret.clone(),
            signing: credentials.signing.reveal(),
            revision,
        }
    }
}

impl TryFrom<PartyCredentialsRecord> for PartyCredentials {
    type Error = StoreError;

    fn try_from(record: PartyCredentialsRecord) -> Result<Self, StoreError> {
        let signing = record.signing.parse();
        let corrupt = |_| StoreError::Corrupt(format!("{}: signing secret", record.pk));
        Ok(Self {
            client_id: record.client_id,
            client_secret: record.client_secret,
            signing: signing.map_err(corrupt)?,
        })
    }
}

/// The link from a party to the tenant of an enabled client that acts for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PartyTenantRecord {
    pk: String,
    sk: String,
    pub(crate) tenant: Tenant,
}

impl PartyTenantRecord {
    pub(crate) fn new(party: &str, client: &Client) -> Self {
        let key = keys::party_tenant(party, &client.tenant, &client.id);
        Self { pk: key.pk, sk: key.sk, tenant: client.tenant.clone() }
    }
}
