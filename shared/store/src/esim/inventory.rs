//! The pool as a person sees it: which types there are, how many are free, and taking out what
//! should not be in it.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use domain::{
    esim::{PoolState, ProfileType},
    numbering::Iccid,
};

use super::stock::DynamoStock;
use crate::{
    conditions::Condition,
    connection::Item,
    error::StoreError,
    expression::{Write, text},
    keys::{self, POOL_SHARDS},
    records::ProfileRecord,
    transaction::{self, Outcome},
};

/// What came of taking a profile out of the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovedProfile {
    /// It is not in the pool any more.
    Done,
    /// It was not in the pool.
    NotThere,
    /// An order, an eSIM or the quarantine has it: it stays.
    NotFree(PoolState),
}

impl DynamoStock {
    /// Makes a type known. Doing it again changes nothing.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn register_type(&self, profile_type: &ProfileType) -> Result<(), StoreError> {
        let key = keys::profile_type(profile_type);
        let item = Item::from([("pk".to_owned(), text(key.pk)), ("sk".to_owned(), text(key.sk))]);
        self.table.put(Write::put(item, Condition::Absent)).await?;
        Ok(())
    }

    /// Every type that a profile of the pool or a product of a catalogue has had.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn known_types(&self) -> Result<BTreeSet<ProfileType>, StoreError> {
        let names = self.sort_keys(keys::PROFILE_TYPES.to_owned(), usize::MAX).await?;
        let corrupt = |_| StoreError::Corrupt("a type of profile".to_owned());
        names.iter().map(|name| name.parse().map_err(corrupt)).collect()
    }

    /// How many profiles of a type are free.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn count_free(&self, profile_type: &ProfileType) -> Result<u64, StoreError> {
        let mut free = 0;
        for shard in 0..POOL_SHARDS {
            let mut after = None;
            loop {
                let page = self
                    .table
                    .client
                    .query()
                    .table_name(&*self.table.name)
                    .key_condition_expression("pk = :shard")
                    .expression_attribute_values(":shard", text(keys::pool(profile_type, shard)))
                    .select(Select::Count)
                    .consistent_read(true)
                    .set_exclusive_start_key(after)
                    .send()
                    .await?;
                free += u64::try_from(page.count).unwrap_or_default();
                after = page.last_evaluated_key;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(free)
    }

    /// The first free profiles of a type, at most `most`, by number.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn free(
        &self,
        profile_type: &ProfileType,
        most: usize,
    ) -> Result<Vec<Iccid>, StoreError> {
        let mut free = Vec::new();
        for shard in 0..POOL_SHARDS {
            for iccid in self.sort_keys(keys::pool(profile_type, shard), most).await? {
                let corrupt = |_| StoreError::Corrupt("a profile's number".to_owned());
                free.push(iccid.parse::<Iccid>().map_err(corrupt)?);
            }
        }
        free.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        free.truncate(most);
        Ok(free)
    }

    /// Takes a free profile out of the pool; one that an order has stays.
    ///
    /// # Errors
    /// The database cannot be reached; doing it again is harmless.
    pub async fn remove(&self, iccid: &Iccid) -> Result<RemovedProfile, StoreError> {
        let key = keys::profile(iccid);
        let read: Option<ProfileRecord> = self.table.get_consistent(&key).await?;
        let Some(read) = read else { return Ok(RemovedProfile::NotThere) };
        if read.state != PoolState::Free {
            return Ok(RemovedProfile::NotFree(read.state));
        }
        let place = keys::free_profile(&read.profile_type, iccid);
        let writes = vec![
            // An order may take it at the same time.
            Write::delete(key.clone(), Condition::ProfileFree),
            Write::delete(place, Condition::Present),
        ];
        match transaction::run(&self.table, writes).await? {
            Outcome::Done => Ok(RemovedProfile::Done),
            Outcome::Refused(_) => {
                let now: Option<ProfileRecord> = self.table.get_consistent(&key).await?;
                Ok(now.map_or(RemovedProfile::NotThere, |now| RemovedProfile::NotFree(now.state)))
            }
        }
    }

    /// The sort keys of a partition, at most `most`.
    async fn sort_keys(&self, partition: String, most: usize) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .table
                .client
                .query()
                .table_name(&*self.table.name)
                .key_condition_expression("pk = :here")
                .expression_attribute_values(":here", text(partition.as_str()))
                .projection_expression("sk")
                .consistent_read(true)
                .set_exclusive_start_key(after)
                .send()
                .await?;
            for item in page.items.unwrap_or_default() {
                if let Some(AttributeValue::S(sk)) = item.get("sk") {
                    found.push(sk.clone());
                }
            }
            after = page.last_evaluated_key;
            if after.is_none() || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
        }
    }
}
