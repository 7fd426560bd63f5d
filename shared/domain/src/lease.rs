//! Leases and fences: one worker at a time carries an order out, and a late one cannot finish it.

use time::OffsetDateTime;

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
