//! The SIM data of networks that have none of their own. The keys of a SIM are an item of their own,
//! so that a role can read all else and not them.

use domain::{
    numbering::Iccid,
    sim::{Sim, SimIdentity, SimKeys},
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::Write,
    keys,
    records::{ImsiRecord, SimKeysRecord, SimRecord},
    transaction::{self, Failed, Outcome},
};

/// Items of a SIM: its identity, the claim on its IMSI, its keys.
const ITEMS: usize = 3;

/// Reads what may be shown of SIMs.
#[derive(Debug, Clone)]
pub struct DynamoSims {
    table: Table,
}

impl DynamoSims {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The SIM with this number.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, iccid: &Iccid) -> Result<Option<SimIdentity>, StoreError> {
        let record: Option<SimRecord> = self.table.get_consistent(&keys::sim(iccid)).await?;
        record.map(SimIdentity::try_from).transpose()
    }
}

/// Reads and imports SIMs with their keys.
#[derive(Debug, Clone)]
pub struct DynamoSimData {
    sims: DynamoSims,
}

/// What came of importing a SIM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedSim {
    /// It is new.
    New,
    /// It is there already, with the same data.
    Known,
    /// It is there already with other data, which stays.
    Differs,
    /// Another SIM has its IMSI: it was not imported.
    ImsiTaken,
}

impl DynamoSimData {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { sims: DynamoSims::new(table) }
    }

    /// The most SIMs that one call imports: a transaction has 100 writes.
    pub const MOST: usize = 100 / ITEMS;

    /// The SIM with this number, and its keys.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn get(&self, iccid: &Iccid) -> Result<Option<Sim>, StoreError> {
        let key = keys::sim_keys(iccid);
        let keys = self.sims.table.get_consistent::<SimKeysRecord>(&key);
        let (identity, keys) = tokio::try_join!(self.sims.get(iccid), keys)?;
        let (Some(identity), Some(keys)) = (identity, keys) else { return Ok(None) };
        Ok(Some(Sim { identity, keys: keys.try_into()? }))
    }

    /// Stores SIMs, at most [`Self::MOST`] with different numbers and IMSIs; what came of each, in
    /// their order. A SIM is stored with all its items or not at all, and never changed: doing it
    /// again finds it known.
    ///
    /// # Errors
    /// The database cannot be reached; doing it again is harmless.
    pub async fn import(&self, sims: &[Sim]) -> Result<Vec<ImportedSim>, StoreError> {
        let mut outcomes = vec![ImportedSim::New; sims.len()];
        let mut left: Vec<usize> = (0..sims.len()).collect();
        while !left.is_empty() {
            let writes: Vec<[Write; ITEMS]> =
                left.iter().map(|index| new(&sims[*index])).collect::<Result<_, _>>()?;
            let writes = writes.into_iter().flatten().collect();
            let Outcome::Refused(reasons) = transaction::run(&self.sims.table, writes).await?
            else {
                return Ok(outcomes);
            };
            let mut rest = Vec::with_capacity(left.len());
            for (index, failed) in left.iter().zip(reasons.chunks(ITEMS)) {
                match outcome(&sims[*index], failed)? {
                    None => rest.push(*index),
                    Some(outcome) => outcomes[*index] = outcome,
                }
            }
            if rest.len() == left.len() {
                return Err(StoreError::Corrupt("refused without a reason".to_owned()));
            }
            left = rest;
        }
        Ok(outcomes)
    }
}

fn new(sim: &Sim) -> Result<[Write; ITEMS], StoreError> {
    Ok([
        Write::put(to_item(SimRecord::from(&sim.identity))?, Condition::Absent),
        Write::put(to_item(ImsiRecord::from(&sim.identity))?, Condition::Absent),
        Write::put(to_item(SimKeysRecord::from(sim))?, Condition::Absent),
    ])
}

/// What came of a SIM whose items met these ones; none if they met none.
fn outcome(sim: &Sim, failed: &[Option<Failed>]) -> Result<Option<ImportedSim>, StoreError> {
    let [identity, imsi, keys] = failed else {
        return Err(StoreError::Corrupt("reasons of a transaction".to_owned()));
    };
    if let (Some(identity), Some(_), Some(keys)) = (identity, imsi, keys) {
        let identity: SimRecord = from_item(identity.found.clone())?;
        let keys: SimKeysRecord = from_item(keys.found.clone())?;
        let (identity, keys) = (SimIdentity::try_from(identity)?, SimKeys::try_from(keys)?);
        let is_same = identity == sim.identity && keys == sim.keys;
        return Ok(Some(if is_same { ImportedSim::Known } else { ImportedSim::Differs }));
    }
    Ok(match (identity, imsi) {
        (Some(_), _) => Some(ImportedSim::Differs),
        (None, Some(_)) => Some(ImportedSim::ImsiTaken),
        (None, None) => None,
    })
}
