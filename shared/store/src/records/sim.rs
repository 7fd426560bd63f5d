use domain::{
    numbering::{Iccid, Imsi},
    sim::{Sim, SimIdentity, SimKeys},
};
use serde::{Deserialize, Serialize};

use crate::{error::StoreError, keys};

/// What may be shown of a SIM.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimRecord {
    pk: String,
    sk: String,
    iccid: Iccid,
    imsi: Imsi,
    algorithm: String,
}

/// The claim of a SIM on its IMSI.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImsiRecord {
    pk: String,
    sk: String,
    pub(crate) iccid: Iccid,
}

impl ImsiRecord {
    /// Its partition, which has the IMSI.
    pub(crate) fn pk(&self) -> &str {
        &self.pk
    }
}

/// The secrets of a SIM. Not `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimKeysRecord {
    pk: String,
    sk: String,
    k: String,
    opc: String,
}

impl From<&SimIdentity> for SimRecord {
    fn from(identity: &SimIdentity) -> Self {
        let key = keys::sim(&identity.iccid);
        Self {
            pk: key.pk,
            sk: key.sk,
            iccid: identity.iccid.clone(),
            imsi: identity.imsi.clone(),
            algorithm: identity.algorithm.as_str().to_owned(),
        }
    }
}

impl TryFrom<SimRecord> for SimIdentity {
    type Error = StoreError;

    fn try_from(record: SimRecord) -> Result<Self, StoreError> {
        let algorithm = record.algorithm.parse();
        let algorithm =
            algorithm.map_err(|_| StoreError::Corrupt("the algorithm of a SIM".into()))?;
        Ok(Self { iccid: record.iccid, imsi: record.imsi, algorithm })
    }
}

impl From<&SimIdentity> for ImsiRecord {
    fn from(identity: &SimIdentity) -> Self {
        let key = keys::sim_by_imsi(&identity.imsi);
        Self { pk: key.pk, sk: key.sk, iccid: identity.iccid.clone() }
    }
}

impl From<&Sim> for SimKeysRecord {
    fn from(sim: &Sim) -> Self {
        let key = keys::sim_keys(&sim.identity.iccid);
        let (k, opc) = (sim.keys.k.expose().to_owned(), sim.keys.opc.expose().to_owned());
        Self { pk: key.pk, sk: key.sk, k, opc }
    }
}

impl TryFrom<SimKeysRecord> for SimKeys {
    type Error = StoreError;

    fn try_from(record: SimKeysRecord) -> Result<Self, StoreError> {
        let key = |text: String| {
            text.parse().map_err(|_| StoreError::Corrupt("the key of a SIM".to_owned()))
        };
        Ok(Self { k: key(record.k)?, opc: key(record.opc)? })
    }
}
