use domain::console::{ConsoleAccess, OperatorName};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{conditions::EpochSeconds, error::StoreError, keys::Key};

/// A one-time link or a session of the console, under the digest of its secret.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsoleRecord {
    pk: String,
    sk: String,
    operator: OperatorName,
    /// Seconds since 1970: the table's TTL attribute.
    expires_at: i64,
}

impl ConsoleRecord {
    pub(crate) fn new(key: Key, access: &ConsoleAccess) -> Self {
        let expires_at = EpochSeconds::from(access.until).get();
        Self { pk: key.pk, sk: key.sk, operator: access.operator.clone(), expires_at }
    }
}

impl TryFrom<ConsoleRecord> for ConsoleAccess {
    type Error = StoreError;

    fn try_from(record: ConsoleRecord) -> Result<Self, StoreError> {
        let until = OffsetDateTime::from_unix_timestamp(record.expires_at);
        let until =
            until.map_err(|_| StoreError::Corrupt("a session of the console".to_owned()))?;
        Ok(Self { operator: record.operator, until })
    }
}
