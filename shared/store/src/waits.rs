//! Callers of a tenant that wait for events, over all processes: each holds a slot.

use std::collections::HashMap;

use domain::identity::Tenant;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    conditions::{Condition, EpochSeconds},
    connection::{Item, Table, Updated},
    error::StoreError,
    expression::{Write, number, text},
    keys,
    records::to_millis,
};

/// Callers of a tenant that may wait at the same time.
const MOST: u8 = 10;
/// How long a slot is kept after its wait.
const KEPT: Duration = Duration::hours(1);

/// A slot in which a caller waits.
#[derive(Debug, Clone)]
pub struct HeldWait {
    key: keys::Key,
    owner: String,
}

/// What came of asking for a slot.
#[derive(Debug, Clone)]
pub enum BeginWait {
    /// The caller may wait.
    Held(HeldWait),
    /// As many callers of the tenant wait as may.
    Full {
        /// Seconds until the first of them ends at the latest.
        retry_after_seconds: u32,
    },
}

/// The slots of waiting callers.
#[derive(Debug, Clone)]
pub struct DynamoWaits {
    table: Table,
    most: u8,
}

impl DynamoWaits {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table, most: MOST }
    }

    /// Takes a slot until `until`: a process that dies occupies it no longer.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn begin(
        &self,
        tenant: &Tenant,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<BeginWait, StoreError> {
        let items = self.table.query_partition(&keys::waits(tenant)).await?;
        let held: HashMap<String, i64> = items.iter().filter_map(lease).collect();
        let now_millis = to_millis(now);
        let is_free = |slot: &u8| {
            held.get(&keys::wait(tenant, *slot).sk).is_none_or(|until| *until < now_millis)
        };
        let mut free: Vec<u8> = (0..self.most).filter(is_free).collect();
        // Callers that come at the same time try different ones.
        fastrand::shuffle(&mut free);
        for slot in free {
            if let Some(held) = self.take(keys::wait(tenant, slot), until, now).await? {
                return Ok(BeginWait::Held(held));
            }
        }
        let first = held.values().copied().filter(|until| *until >= now_millis).min();
        let left = (first.unwrap_or(now_millis) - now_millis) / 1_000 + 1;
        Ok(BeginWait::Full { retry_after_seconds: u32::try_from(left).unwrap_or(1) })
    }

    async fn take(
        &self,
        key: keys::Key,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Option<HeldWait>, StoreError> {
        let owner = Uuid::new_v4().simple().to_string();
        let write = Write::update(key.clone(), Condition::SlotFree { now })
            .set("leaseUntil", number(to_millis(until)))
            .set("leaseOwner", text(&owner))
            .set("expiresAt", number(EpochSeconds::from(until + KEPT).get()));
        let is_mine = match self.table.update(write).await? {
            Updated::Applied(_) => true,
            // Our own write, whose response was lost.
            Updated::Refused(item) => item.get("leaseOwner") == Some(&text(&owner)),
        };
        Ok(is_mine.then_some(HeldWait { key, owner }))
    }

    /// Releases a slot.
    ///
    /// # Errors
    /// The database cannot be reached: the slot is free when its time is over.
    pub async fn end(&self, wait: HeldWait) -> Result<(), StoreError> {
        let write = Write::update(wait.key, Condition::LeasedBy { owner: &wait.owner })
            .remove("leaseOwner")
            .remove("leaseUntil");
        self.table.update(write).await.map(drop)
    }
}

fn lease(item: &Item) -> Option<(String, i64)> {
    let until = item.get("leaseUntil")?.as_n().ok()?.parse().ok()?;
    Some((item.get("sk")?.as_s().ok()?.clone(), until))
}
