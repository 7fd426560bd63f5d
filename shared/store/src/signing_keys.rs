//! The signing keys of access tokens, and their public parts for verification.
//!
//! Private parts are in one item (`SIGNKEY#RING`) that only `token-api` and the operator may
//! read; each public part is an item of its own (`KEY#<kid>`) for every API.

use std::sync::Arc;

use domain::{
    clock::Clock,
    identity::{
        DirectoryUnavailable,
        signing::{KeyId, KeyRing, KeyState, NewKey, PublicKey, PublicKeys, SigningKey},
    },
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use time::OffsetDateTime;

use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::Write,
    keys,
    records::{KeyRingRecord, PublicKeyRecord},
    transaction::{self, Outcome},
};

/// Read access to the public keys.
#[derive(Clone)]
pub struct DynamoPublicKeys {
    table: Table,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for DynamoPublicKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DynamoPublicKeys").field("table", &self.table).finish_non_exhaustive()
    }
}

impl DynamoPublicKeys {
    /// In this table, with this clock.
    pub fn new(table: Table, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }
}

impl PublicKeys for DynamoPublicKeys {
    async fn public_key(&self, id: &KeyId) -> Result<Option<PublicKey>, DirectoryUnavailable> {
        match self.table.get_consistent::<PublicKeyRecord>(&keys::public_key(id)).await {
            Ok(record) => Ok(record.and_then(|record| record.verifying(self.clock.now()))),
            Err(error) => {
                tracing::warn!(%error, "signing keys");
                Err(DirectoryUnavailable)
            }
        }
    }
}

/// The outcome of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The keys after the rotation.
    Done(KeyRing),
    /// A concurrent rotation came first; nothing was changed.
    Overtaken,
}

/// Reads and rotates the key ring, for `token-api` and the operator.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    table: Table,
}

impl SigningKeys {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// All keys, newest first; none before the first request for a token.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn list(&self) -> Result<Option<KeyRing>, StoreError> {
        Ok(self.read().await?.map(|(ring, _)| ring))
    }

    /// All keys; creates the first two when there are none. Race: of two concurrent creations one
    /// succeeds, and both callers receive its keys.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn list_or_make(
        &self,
        make: impl Fn() -> NewKey + Send,
        now: OffsetDateTime,
    ) -> Result<KeyRing, StoreError> {
        if let Some(ring) = self.list().await? {
            return Ok(ring);
        }
        let ring = KeyRing::first(make(), make(), now);
        let record = to_item(KeyRingRecord::new(&ring, 1))?;
        let mut writes = vec![Write::put(record, Condition::Absent)];
        for key in &ring.keys {
            writes.push(Write::put(to_item(PublicKeyRecord::new(key))?, Condition::Absent));
        }
        match transaction::run(&self.table, writes).await? {
            Outcome::Done => Ok(ring),
            Outcome::Refused(_) => self
                .list()
                .await?
                .ok_or_else(|| StoreError::Corrupt("public keys without a ring".to_owned())),
        }
    }

    /// Activates the next key, retires the active one, which verifies until its tokens have
    /// expired, and publishes a new key as the next. Wait at least five minutes between rotations:
    /// readers cache the published keys that long and would meet an unknown key.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn rotate(
        &self,
        make: impl Fn() -> NewKey + Send,
        now: OffsetDateTime,
    ) -> Result<Rotation, StoreError> {
        let Some((ring, revision)) = self.read().await? else {
            return Ok(Rotation::Done(self.list_or_make(make, now).await?));
        };
        let retiring = ring.keys.iter().find(|key| key.state == KeyState::Active).cloned();
        let ring = ring.rotated(make(), now);
        let record = to_item(KeyRingRecord::new(&ring, revision + 1))?;
        let mut writes = vec![as_read(record, revision)];
        for key in &ring.keys {
            writes.extend(public_write(key, retiring.as_ref())?);
        }
        match transaction::run(&self.table, writes).await? {
            Outcome::Done => Ok(Rotation::Done(ring)),
            Outcome::Refused(_) => Ok(Rotation::Overtaken),
        }
    }

    async fn read(&self) -> Result<Option<(KeyRing, u64)>, StoreError> {
        let record = self.table.get_consistent::<KeyRingRecord>(&keys::signing_keys()).await?;
        let Some(record) = record else { return Ok(None) };
        let revision = record.revision;
        Ok(Some((record.try_into()?, revision)))
    }
}

/// The write of a public part during a rotation: puts a new key, sets the end of a retiring one.
fn public_write(
    key: &SigningKey,
    retiring: Option<&SigningKey>,
) -> Result<Option<Write>, StoreError> {
    let item = || to_item(PublicKeyRecord::new(key));
    Ok(match key.state {
        KeyState::Next => Some(Write::put(item()?, Condition::Absent)),
        KeyState::Retired if retiring.is_some_and(|old| old.public.id == key.public.id) => {
            Some(as_read(item()?, PublicKeyRecord::NEW))
        }
        KeyState::Active | KeyState::Retired => None,
    })
}

fn as_read(item: crate::connection::Item, revision: u64) -> Write {
    Write::put(item, Condition::AsRead { revision })
}
