use serde::{Deserialize, Serialize};
use thiserror::Error;

/// From one S-VLAN id to another, both included. 0..=4095 on the wire; only 1..=4094 can be
/// assigned (IEEE 802.1Q reserves the others).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SvlanRange {
    first: u16,
    last: u16,
}

/// The numbers are no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be from 0 to 4095, the last not before the first")]
pub struct SvlanRangeError;

impl SvlanRange {
    /// The least id that can be assigned.
    pub const LEAST: u16 = 1;
    /// The greatest id that can be assigned.
    pub const GREATEST: u16 = 4094;

    /// A range.
    ///
    /// # Errors
    /// When a number is above 4095 or `last` lies before `first`.
    pub const fn new(first: u16, last: u16) -> Result<Self, SvlanRangeError> {
        if first <= last && last <= 4095 { Ok(Self { first, last }) } else { Err(SvlanRangeError) }
    }

    /// One id.
    ///
    /// # Errors
    /// When it is above 4095.
    pub const fn one(id: u16) -> Result<Self, SvlanRangeError> {
        Self::new(id, id)
    }

    /// The first id.
    pub const fn first(self) -> u16 {
        self.first
    }

    /// The last id.
    pub const fn last(self) -> u16 {
        self.last
    }

    /// All ids.
    pub fn ids(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }

    /// How many ids: 1 to 4096.
    pub const fn count(self) -> u16 {
        self.last - self.first + 1
    }

    /// Whether each of them can be assigned.
    pub const fn is_assignable(self) -> bool {
        self.first >= Self::LEAST && self.last <= Self::GREATEST
    }
}

/// The S-VLAN ids of one ENNI that are in use. 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvlansInUse([u64; 64]);

impl Default for SvlansInUse {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl SvlansInUse {
    /// Marks an id; above 4095 there is none.
    pub fn add(&mut self, id: u16) {
        if let Some(word) = self.0.get_mut(usize::from(id / 64)) {
            *word |= 1 << (id % 64);
        }
    }

    /// Whether it is in use.
    pub fn contains(&self, id: u16) -> bool {
        self.0.get(usize::from(id / 64)).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    /// The first id of a range that is in use.
    pub fn taken(&self, range: SvlanRange) -> Option<u16> {
        range.ids().find(|id| self.contains(*id))
    }

    /// A free id, or none when the ENNI is full. The search begins at a place that `spread`
    /// decides, so that callers who choose at the same time seldom choose the same.
    pub fn choose(&self, spread: u64) -> Option<u16> {
        const IDS: u16 = SvlanRange::GREATEST - SvlanRange::LEAST + 1;
        let start = u16::try_from(spread % u64::from(IDS)).unwrap_or(0);
        (0..IDS).map(|n| (start + n) % IDS + SvlanRange::LEAST).find(|id| !self.contains(*id))
    }
}

impl Extend<u16> for SvlansInUse {
    fn extend<T: IntoIterator<Item = u16>>(&mut self, ids: T) {
        ids.into_iter().for_each(|id| self.add(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enni_holds_4094_s_vlans_and_not_one_more() {
        let mut used = SvlansInUse::default();
        for n in 0..4094_u64 {
            let id = used.choose(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).unwrap();
            assert!((1..=4094).contains(&id) && !used.contains(id));
            used.add(id);
        }
        assert_eq!(used.choose(7), None);
        assert!(!used.contains(0) && !used.contains(4095));
    }

    #[test]
    fn a_range_is_taken_when_one_of_it_is() {
        let mut used = SvlansInUse::default();
        used.extend([104, 4095, 9999]);
        assert_eq!(used.taken(SvlanRange::new(100, 104).unwrap()), Some(104));
        assert_eq!(used.taken(SvlanRange::new(100, 103).unwrap()), None);
        assert!(used.contains(4095) && !used.contains(9999));
    }

    #[test]
    fn a_range_goes_upward_and_ends_at_4095() {
        assert_eq!(SvlanRange::new(5, 4), Err(SvlanRangeError));
        assert_eq!(SvlanRange::one(4096), Err(SvlanRangeError));
        assert!(!SvlanRange::one(0).unwrap().is_assignable());
        assert!(!SvlanRange::new(4000, 4095).unwrap().is_assignable());
        assert!(SvlanRange::new(1, 4094).unwrap().is_assignable());
        assert_eq!(SvlanRange::new(100, 104).unwrap().count(), 5);
    }
}
