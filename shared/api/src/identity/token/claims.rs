use std::collections::BTreeSet;

use domain::identity::{ClientId, Identity, Role, Tenant};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The claims of our own tokens (RFC 9068, section 2.2).
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AccessToken {
    pub(super) iss: String,
    pub(super) sub: ClientId,
    pub(super) client_id: ClientId,
    pub(super) aud: String,
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) jti: String,
    /// Roles, separated by spaces.
    pub(super) scope: String,
    pub(super) tenant: Tenant,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) parties: BTreeSet<String>,
}

impl AccessToken {
    pub(super) fn from_claims(claims: Value) -> Option<Self> {
        let token: Self = serde_json::from_value(claims).ok()?;
        (token.sub == token.client_id).then_some(token)
    }

    /// The caller. Unknown roles are ignored.
    pub(super) fn into_identity(self) -> Identity {
        let roles = self.scope.split(' ').filter_map(|role| role.parse::<Role>().ok()).collect();
        Identity { client: self.client_id, tenant: self.tenant, roles, parties: self.parties }
    }
}
