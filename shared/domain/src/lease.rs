//! Leases and fences: one worker at a time carries an order out, and a late one cannot finish it.

use time::{Duration, OffsetDateTime};

/// Rises by one with every lease of an order. A worker may end the order only under the fence it
/// got: without that, one that slept through its lease would free another order's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Fence(pub u64);

impl Fence {
    /// The fence of the next lease.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A worker's hold on an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Its fence.
    pub fence: Fence,
    /// Generated at random for each lease: by it a worker recognises its own write when the
    /// response to it was lost.
    pub owner: String,
    /// Nobody else takes the order before this.
    pub until: OffsetDateTime,
    /// How many leases the order has had, this one included.
    pub attempt: u32,
    /// When the order is looked at, if its worker is never heard of again.
    pub watched: Option<OffsetDateTime>,
}

impl Lease {
    /// Whether nobody else takes the order within `span`.
    pub fn outlasts(&self, now: OffsetDateTime, span: Duration) -> bool {
        now + span < self.until
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_lease_outlasts_what_ends_before_it() {
        let until = datetime!(2026-11-21 12:00 UTC);
        let lease =
            Lease { fence: Fence(1), owner: String::new(), until, attempt: 1, watched: None };
        let span = Duration::seconds(5);
        assert!(lease.outlasts(until - Duration::seconds(6), span));
        for before in [5, 4, 0, -1] {
            assert!(!lease.outlasts(until - Duration::seconds(before), span), "{before}");
        }
    }
}
