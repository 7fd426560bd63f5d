//! The party registry.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::{
    carrier::{Party, PartyCredentials, PartyId},
    identity::Tenant,
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;

use crate::{
    conditions::Condition,
    connection::{Item, Table},
    error::StoreError,
    expression::{Write, text},
    keys,
    records::{PartyCredentialsRecord, PartyRecord, PartyTenantRecord},
    transaction::{self, Outcome},
};

/// How long a party that was read is good: it changes by the operator's hand only.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Parties remembered by one process.
const MOST: usize = 1_000;
/// Links of a party, one for each enabled client that acts for it.
const LINKS: usize = 1_000;
/// Partition of the owner index that lists all parties.
const ALL: &str = "PARTIES";

type Remembered = HashMap<PartyId, (Instant, Option<Party>)>;

/// Looks parties up, and registers them.
#[derive(Debug, Clone)]
pub struct DynamoParties {
    table: Table,
    remembered: Arc<Mutex<Remembered>>,
}

impl DynamoParties {
    /// In this table.
    pub fn new(table: Table) -> Self {
        Self { table, remembered: Arc::default() }
    }

    /// The party, as it was at most a minute ago; none when it is not registered.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(&self, id: &PartyId) -> Result<Option<Party>, StoreError> {
        if let Some((read, party)) = self.remembered().get(id)
            && read.elapsed() < REMEMBERED
        {
            return Ok(party.clone());
        }
        let record: Option<PartyRecord> = self.table.get_consistent(&keys::party(id)).await?;
        let party = record.map(|record| record.party);
        let mut remembered = self.remembered();
        if remembered.len() >= MOST {
            remembered.clear();
        }
        remembered.insert(id.clone(), (Instant::now(), party.clone()));
        Ok(party)
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What we show a remote party when we call it. None: it is not called.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn credentials(&self, id: &PartyId) -> Result<Option<PartyCredentials>, StoreError> {
        let key = keys::party_credentials(id);
        let record: Option<PartyCredentialsRecord> = self.table.get_consistent(&key).await?;
        record.map(PartyCredentials::try_from).transpose()
    }

    /// The tenants whose enabled clients act for a party, each once.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn tenants(&self, id: &PartyId) -> Result<Vec<Tenant>, StoreError> {
        // The sign after `#` ends the range.
        let range = (keys::PARTY_TENANTS, "TENANT$");
        let records: Vec<PartyTenantRecord> =
            self.table.query_between(keys::party(id).pk, range, LINKS).await?;
        let mut tenants: Vec<_> = records.into_iter().map(|record| record.tenant).collect();
        tenants.sort();
        tenants.dedup();
        Ok(tenants)
    }

    /// Registers a party, or registers it anew. False: it was changed at the same time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn put(&self, party: &Party) -> Result<bool, StoreError> {
        self.put_with(party, None).await
    }

    /// Registers a party, and our credentials at it. False: one of the two was changed at the same
    /// time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn put_with(
        &self,
        party: &Party,
        credentials: Option<&PartyCredentials>,
    ) -> Result<bool, StoreError> {
        let mut writes = vec![self.entry(party).await?];
        if let Some(credentials) = credentials {
            writes.push(self.shown(&party.id, credentials).await?);
        }
        self.remembered().remove(&party.id);
        Ok(matches!(transaction::run(&self.table, writes).await?, Outcome::Done))
    }

    async fn shown(
        &self,
        party: &PartyId,
        credentials: &PartyCredentials,
    ) -> Result<Write, StoreError> {
        let key = keys::party_credentials(party);
        let read: Option<PartyCredentialsRecord> = self.table.get_consistent(&key).await?;
        let revision = read.map_or(0, |record| record.revision);
        let item = to_item(PartyCredentialsRecord::new(party, credentials, revision + 1))?;
        Ok(over(item, revision))
    }

    async fn entry(&self, party: &Party) -> Result<Write, StoreError> {
        let key = keys::party(&party.id);
        let read: Option<PartyRecord> = self.table.get_consistent(&key).await?;
        let revision = read.as_ref().map_or(0, |record| record.revision);
        let record = PartyRecord {
            pk: key.pk,
            sk: key.sk,
            party: party.clone(),
            revision: revision + 1,
            owner_key: ALL.to_owned(),
            owner_sort: party.id.to_string(),
        };
        Ok(over(to_item(record)?, revision))
    }

    /// Removes a party, and our credentials at it. False: there is none, or it was changed at the
    /// same time.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn remove(&self, id: &PartyId) -> Result<bool, StoreError> {
        let read: Option<PartyRecord> = self.table.get_consistent(&keys::party(id)).await?;
        let Some(read) = read else { return Ok(false) };
        let as_read = Condition::AsRead { revision: read.revision };
        let mut writes = vec![Write::delete(keys::party(id), as_read)];
        let key = keys::party_credentials(id);
        let shown: Option<PartyCredentialsRecord> = self.table.get_consistent(&key).await?;
        if let Some(shown) = shown {
            writes.push(Write::delete(key, Condition::AsRead { revision: shown.revision }));
        }
        self.remembered().remove(id);
        Ok(matches!(transaction::run(&self.table, writes).await?, Outcome::Done))
    }

    /// All parties, by id.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn all(&self) -> Result<Vec<Party>, StoreError> {
        let keys = self.table.query_index("byOwner", "ownerKey", text(ALL)).await?;
        let mut all = Vec::with_capacity(keys.len());
        for key in keys {
            all.extend(
                self.table.get_consistent::<PartyRecord>(&key).await?.map(|record| record.party),
            );
        }
        Ok(all)
    }
}

/// Puts an item over the one that was read with this revision; 0: there was none.
fn over(item: Item, revision: u64) -> Write {
    match revision {
        0 => Write::put(item, Condition::Absent),
        _ => Write::put(item, Condition::AsRead { revision }),
    }
}
