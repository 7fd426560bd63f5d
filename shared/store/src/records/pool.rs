use domain::{
    esim::{EsimOrderId, PoolState, ProfileType},
    numbering::Iccid,
};
use serde::{Deserialize, Serialize};

/// A profile of the pool: the truth about who has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) iccid: Iccid,
    pub(crate) profile_type: ProfileType,
    #[serde(flatten)]
    pub(crate) state: PoolState,
}

/// A profile's place in the quarantine; there while it is in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuarantinedProfileRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) profile_type: ProfileType,
    pub(crate) order: EsimOrderId,
    pub(crate) since: i64,
}
