//! Grants that no test needs, and why they stay.

/// A grant that stays.
pub(super) struct Excuse {
    /// As the check prints it.
    pub(super) grant: &'static str,
    /// When it is needed.
    #[cfg_attr(not(test), expect(dead_code, reason = "for readers, and held by a test"))]
    pub(super) why: &'static str,
}

/// Each is needed in a situation that the tests cannot make.
pub(super) const EXCUSED: &[Excuse] = &[];
