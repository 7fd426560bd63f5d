//! Filling the pool, and whether it holds what orders wait for.

use domain::{
    esim::{PoolState, ProfileType},
    numbering::Iccid,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

use super::pool::free_profiles;
use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::Write,
    keys::{self, POOL_SHARDS},
    records::ProfileRecord,
    transaction::{self, Outcome},
};

/// The pool, seen from outside an order.
#[derive(Debug, Clone)]
pub struct DynamoStock {
    pub(super) table: Table,
}

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedProfiles {
    /// New in the pool, and free.
    pub new: usize,
    /// There already, free or not: left as they are.
    pub known: usize,
    /// Of those that were there, the ones of another type, with the type they have.
    pub differing: Vec<(Iccid, ProfileType)>,
}

impl DynamoStock {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The most profiles that one call imports: a transaction has 100 writes, a profile two.
    pub const MOST: usize = 50;

    /// Puts profiles of one type into the pool, at most [`Self::MOST`] different ones. Doing it
    /// again changes nothing.
    ///
    /// # Errors
    /// The database cannot be reached; doing it again is harmless.
    pub async fn import(
        &self,
        profile_type: &ProfileType,
        iccids: &[Iccid],
    ) -> Result<ImportedProfiles, StoreError> {
        let mut left: Vec<&Iccid> = iccids.iter().take(Self::MOST).collect();
        let mut imported = ImportedProfiles::default();
        self.register_type(profile_type).await?;
        while !left.is_empty() {
            let mut writes = Vec::with_capacity(2 * left.len());
            for iccid in &left {
                writes.extend(free_profile(profile_type, iccid)?);
            }
            match transaction::run(&self.table, writes).await? {
                Outcome::Done => {
                    imported.new += left.len();
                    return Ok(imported);
                }
                Outcome::Refused(reasons) => {
                    let before = left.len();
                    for (iccid, pair) in left.iter().zip(reasons.chunks(2)) {
                        if let Some(Some(failed)) = pair.first() {
                            let there: ProfileRecord = from_item(failed.found.clone())?;
                            if there.profile_type != *profile_type {
                                let differing = ((*iccid).clone(), there.profile_type);
                                imported.differing.push(differing);
                            }
                        }
                    }
                    let there = |pair: &[Option<_>]| pair.iter().any(Option::is_some);
                    left = left
                        .into_iter()
                        .zip(reasons.chunks(2))
                        .filter(|(_, pair)| !there(pair))
                        .map(|(iccid, _)| iccid)
                        .collect();
                    if left.len() == before {
                        return Err(StoreError::Corrupt("refused without a reason".to_owned()));
                    }
                    imported.known += before - left.len();
                }
            }
        }
        Ok(imported)
    }

    /// Whether the pool has a free profile of a type, by the type's name.
    ///
    /// # Errors
    /// The database cannot be reached, or no type can have this name.
    pub async fn has_free(&self, profile_type: &str) -> Result<bool, StoreError> {
        let profile_type: ProfileType = profile_type
            .parse()
            .map_err(|_| StoreError::Corrupt("the name of a type of profile".to_owned()))?;
        for shard in 0..POOL_SHARDS {
            if !free_profiles(&self.table, &profile_type, shard, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn free_profile(profile_type: &ProfileType, iccid: &Iccid) -> Result<[Write; 2], StoreError> {
    let key = keys::profile(iccid);
    let profile = ProfileRecord {
        pk: key.pk,
        sk: key.sk,
        iccid: iccid.clone(),
        profile_type: profile_type.clone(),
        state: PoolState::Free,
    };
    let entry = keys::free_profile(profile_type, iccid);
    Ok([
        Write::put(to_item(profile)?, Condition::Absent),
        Write::put(entry.attributes(), Condition::Absent),
    ])
}
