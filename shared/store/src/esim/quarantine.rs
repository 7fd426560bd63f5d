//! Profiles that nobody gets before a person has looked.

use domain::{
    esim::{EsimOrderId, PoolEvent, ProfileEffect, ProfileType},
    numbering::Iccid,
};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use time::OffsetDateTime;

use super::profile::profile_writes;
use crate::{
    connection::Table,
    error::StoreError,
    expression::{number, text},
    keys,
    records::{QuarantinedProfileRecord, from_millis, to_millis},
    transaction::{self, Outcome},
};

/// The quarantine, for a person.
#[derive(Debug, Clone)]
pub struct DynamoQuarantine {
    table: Table,
}

/// A profile in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedProfile {
    /// Its number.
    pub iccid: Iccid,
    /// Its type.
    pub profile_type: ProfileType,
    /// The order that found something wrong with it.
    pub order: EsimOrderId,
    /// Since when.
    pub since: OffsetDateTime,
}

/// What came of putting a profile back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleasedProfile {
    /// It is free.
    Done,
    /// It is not in quarantine, or no more in the one that was seen: nothing was changed.
    Superseded,
}

impl DynamoQuarantine {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// All profiles in quarantine, by number.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(&self) -> Result<Vec<QuarantinedProfile>, StoreError> {
        let items = self.table.query_partition(keys::QUARANTINE).await?;
        items.into_iter().map(|item| read(from_item(item)?)).collect()
    }

    /// The profile with this number, if it is in quarantine.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn find(&self, iccid: &Iccid) -> Result<Option<QuarantinedProfile>, StoreError> {
        self.table.get_consistent(&keys::quarantined(iccid)).await?.map(read).transpose()
    }

    /// Puts a profile back into the pool, as it was seen. Who did it and why stays with it.
    ///
    /// # Errors
    /// The database cannot be reached; doing it again is harmless.
    pub async fn release(
        &self,
        seen: &QuarantinedProfile,
        (by, why): (&str, &str),
        now: OffsetDateTime,
    ) -> Result<ReleasedProfile, StoreError> {
        let effect = ProfileEffect {
            iccid: seen.iccid.clone(),
            profile_type: seen.profile_type.clone(),
            event: PoolEvent::Clear,
        };
        let mut writes = profile_writes(&effect, seen.order, now)?;
        let profile = writes.remove(0);
        let profile = profile
            .set("releasedBy", text(by))
            .set("releasedWhy", text(why))
            .set("releasedAt", number(to_millis(now)));
        writes.insert(0, profile);
        Ok(match transaction::run(&self.table, writes).await? {
            Outcome::Done => ReleasedProfile::Done,
            Outcome::Refused(_) => ReleasedProfile::Superseded,
        })
    }
}

fn read(record: QuarantinedProfileRecord) -> Result<QuarantinedProfile, StoreError> {
    let corrupt = |_| StoreError::Corrupt("a profile's number".to_owned());
    Ok(QuarantinedProfile {
        iccid: record.sk.parse().map_err(corrupt)?,
        profile_type: record.profile_type,
        order: record.order,
        since: from_millis(record.since)?,
    })
}
