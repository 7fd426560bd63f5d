//! How many orders an owner may place in a while, over all processes.
//!
//! A process takes permits in blocks, by a further write in the transaction that places an order,
//! and uses the rest of a block for the next orders of the same owner without any write. So the
//! limit holds for all processes together, and costs one small write for several orders. Permits
//! that a process does not use expire with their window.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::{Duration, OffsetDateTime};

use crate::{
    conditions::{Condition, EpochSeconds},
    error::StoreError,
    expression::{Write, number},
    keys,
};

/// Owners that a process remembers.
const CAPACITY: usize = 1_024;
/// How long a count is kept after its window.
const KEPT: Duration = Duration::hours(1);

/// How many orders an owner may place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRate {
    /// The most orders of a window, over all processes.
    pub most: u32,
    /// The length of a window.
    pub window: Duration,
    /// Permits that a process takes at a time.
    pub block: u32,
}

impl Default for OrderRate {
    /// 200 orders a second, counted over ten seconds.
    fn default() -> Self {
        Self { most: 2_000, window: Duration::seconds(10), block: 10 }
    }
}

/// The permits of a process. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quota {
    rate: OrderRate,
    owners: Arc<Mutex<HashMap<String, Permits>>>,
}

/// What a process knows of an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Permits {
    window: i64,
    left: u32,
    is_used_up: bool,
}

/// The permission to place some orders, if its write is accepted.
#[derive(Debug)]
pub(crate) struct Permit {
    quota: Quota,
    owner: String,
    window: i64,
    now: OffsetDateTime,
    count: u32,
    /// Permits that the write takes; 0 when the process had enough.
    block: u32,
}

impl Quota {
    pub(crate) fn new(rate: OrderRate) -> Self {
        Self { rate, owners: Arc::default() }
    }

    /// Takes permits for some orders of an owner.
    ///
    /// # Errors
    /// This process has learned that the owner has used up its window.
    pub(crate) fn take(
        &self,
        owner: String,
        count: u32,
        now: OffsetDateTime,
    ) -> Result<Permit, StoreError> {
        let window = self.window(now);
        let mut owners = self.owners();
        let mut block = count.max(self.rate.block);
        if let Some(known) = owners.get_mut(&owner).filter(|known| known.window == window) {
            if known.is_used_up {
                return Err(self.exceeded(now));
            }
            if known.left >= count {
                known.left -= count;
                block = 0;
            }
        }
        drop(owners);
        Ok(Permit { quota: self.clone(), owner, window, now, count, block })
    }

    fn window(&self, now: OffsetDateTime) -> i64 {
        now.unix_timestamp().div_euclid(self.rate.window.whole_seconds().max(1))
    }

    fn exceeded(&self, now: OffsetDateTime) -> StoreError {
        let length = self.rate.window.whole_seconds().max(1);
        let left = length - now.unix_timestamp().rem_euclid(length);
        StoreError::OverRate { retry_after_seconds: u32::try_from(left).unwrap_or(1).max(1) }
    }

    fn owners(&self) -> MutexGuard<'_, HashMap<String, Permits>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The write that takes the block; none when the process had enough permits.
    pub(crate) fn write(&self) -> Option<Write> {
        if self.block == 0 {
            return None;
        }
        let left = self.quota.rate.most.saturating_sub(self.block);
        let expires = EpochSeconds::from(self.now + self.quota.rate.window + KEPT);
        let key = keys::order_rate(&self.owner, self.window);
        let write = Write::update(key, Condition::PermitsLeft { most: left });
        Some(write.add("taken", self.block).set("expiresAt", number(expires.get())))
    }

    /// The orders are placed: what is left of the block is for the next ones.
    pub(crate) fn used(self) {
        let left = self.block.saturating_sub(self.count);
        self.leave(left);
    }

    /// The orders were refused, and nothing was written: the permits are still there.
    pub(crate) fn returned(self) {
        let left = if self.block == 0 { self.count } else { 0 };
        self.leave(left);
    }

    /// The block was refused: the owner has used up the window.
    pub(crate) fn refused(self) -> StoreError {
        let mut owners = self.quota.owners();
        let used_up = Permits { window: self.window, left: 0, is_used_up: true };
        owners.insert(self.owner.clone(), used_up);
        drop(owners);
        self.quota.exceeded(self.now)
    }

    fn leave(self, permits: u32) {
        if permits == 0 {
            return;
        }
        let mut owners = self.quota.owners();
        if owners.len() >= CAPACITY {
            // Their permits are lost, and the next orders take new ones.
            owners.clear();
        }
        let none = Permits { window: self.window, left: 0, is_used_up: false };
        let known = owners.entry(self.owner).or_insert(none);
        if known.window == self.window {
            known.left += permits;
        } else if known.window < self.window {
            *known = Permits { left: permits, ..none };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn quota() -> Quota {
        Quota::new(OrderRate { most: 20, window: Duration::seconds(10), block: 5 })
    }

    fn take(quota: &Quota, count: u32, now: OffsetDateTime) -> Permit {
        quota.take("t".to_owned(), count, now).unwrap()
    }

    #[test]
    fn a_block_serves_several_orders_of_one_window() {
        let quota = quota();
        let first = take(&quota, 1, NOW);
        assert!(first.write().is_some());
        first.used();
        for _ in 0..4 {
            let next = take(&quota, 1, NOW);
            assert!(next.write().is_none());
            next.used();
        }
        assert!(take(&quota, 1, NOW).write().is_some(), "the block is used up");
        assert!(quota.take("u".to_owned(), 1, NOW).unwrap().write().is_some(), "its own");
        let later = NOW + Duration::seconds(10);
        assert!(take(&quota, 1, later).write().is_some(), "another window");
    }

    #[test]
    fn an_order_that_was_refused_uses_no_permit() {
        let quota = quota();
        take(&quota, 4, NOW).used();
        take(&quota, 1, NOW).returned();
        assert!(take(&quota, 1, NOW).write().is_none());
        take(&quota, 1, NOW).returned();
        assert!(take(&quota, 1, NOW).write().is_some(), "that block was not taken");
    }

    #[test]
    fn a_window_that_is_used_up_is_remembered_to_its_end() {
        let quota = quota();
        let now = NOW + Duration::seconds(4);
        use domain::failure::Retryable;
        assert_eq!(take(&quota, 1, now).refused().over_rate(), Some(6));
        let again = quota.take("t".to_owned(), 1, now).unwrap_err();
        assert_eq!(again.over_rate(), Some(6));
        assert!(quota.take("t".to_owned(), 1, NOW + Duration::seconds(10)).is_ok());
    }
}
