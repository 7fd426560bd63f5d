//! What open orders wait for, as the operator is told: above all those that are being retried.

use time::OffsetDateTime;

use super::{DynamoWatchdog, FIRST, OpenOrder};
use crate::{error::StoreError, keys, records::from_millis};

/// Orders that are looked at together for those that are being retried.
const LOOKED_AT: usize = 1_000;
/// Later than every due time.
const EVER: i64 = i64::MAX;

/// What an order waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaits {
    /// For the worker that has it.
    Worker {
        /// Its lease ends then.
        until: OffsetDateTime,
    },
    /// For profiles of this type in the pool.
    Stock(String),
    /// For the operator.
    Intervention,
    /// For a time: nothing is due before.
    Time {
        /// When its worker is called.
        at: OffsetDateTime,
    },
    /// For its message.
    Attempt {
        /// When the message is received.
        at: OffsetDateTime,
        /// When the sweeper sends another one, if that message is lost.
        or: OffsetDateTime,
    },
    /// For the publication of what has happened.
    Publication,
    /// For nothing here: it has ended, or another party must act.
    Nothing,
}

impl OpenOrder {
    /// What it waits for, at `now`.
    pub fn awaits(&self, now: OffsetDateTime) -> Awaits {
        let retry = self.failed.as_ref().and_then(|failed| failed.next);
        let at = |millis: Option<i64>| from_millis(millis?).ok();
        if let Some(until) = self.leased_until().filter(|until| *until >= now) {
            return Awaits::Worker { until };
        }
        match (&self.needs_intervention, &self.awaited_stock) {
            (Some(_), Some(stock)) => return Awaits::Stock(stock.clone()),
            (Some(_), None) => return Awaits::Intervention,
            (None, _) => {}
        }
        match (at(self.work.after), at(self.work.by)) {
            (Some(after), Some(by)) if after == by => Awaits::Time { at: by },
            (_, Some(by)) => match retry.filter(|next| *next < by) {
                Some(next) => Awaits::Attempt { at: next, or: by },
                None => Awaits::Attempt { at: at(self.work.after).unwrap_or(now).max(now), or: by },
            },
            (_, None) if self.unpublished => Awaits::Publication,
            (_, None) => Awaits::Nothing,
        }
    }
}

impl DynamoWatchdog {
    /// The orders of a shard whose last attempt came to nothing and that are tried again, the next
    /// due first; some 100, and whether there may be more.
    ///
    /// Reads every order of the shard on which work is due: for the operator.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn retrying(&self, shard: u8) -> Result<(Vec<OpenOrder>, bool), StoreError> {
        let (mut orders, mut start) = (Vec::new(), None);
        loop {
            let page = self.before(&keys::due(shard), EVER, LOOKED_AT, start).await?;
            orders.extend(page.orders.into_iter().filter(|order| order.failed.is_some()));
            start = page.next;
            if start.is_none() || orders.len() >= FIRST {
                return Ok((orders, start.is_some()));
            }
        }
    }
}
