use domain::drift::DriftSubject;

use super::Key;

/// Partition of the differences between orders and networks: at most a thousand.
pub(crate) const FINDINGS: &str = "DRIFT#FINDINGS";

/// A difference, by what it is about.
pub(crate) fn finding(subject: &DriftSubject) -> Key {
    Key::new(FINDINGS.to_owned(), &subject.to_string())
}

/// How far the comparison of orders and networks has come.
pub(crate) fn drift_pass() -> Key {
    Key::new("DRIFT#PASS".to_owned(), "PASS")
}
