//! Which step an order takes next: a rule without any input or output.

use domain::carrier::{FulfilmentPolicy, OrderProgress, OrderStatus, Party};
use time::OffsetDateTime;

/// What the worker does with an order now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Treatment begins; the Seller's own systems go on.
    Begin,
    /// Treatment begins, and a date is committed.
    BeginAndCommitDate,
    /// A date is committed.
    CommitDate,
    /// Identifiers and S-VLAN ids are assigned.
    Configure,
    /// Everything is done.
    Finish,
    /// The correction did not come.
    Expire,
    /// What the order holds is given back.
    GiveBack,
    /// It is not our turn.
    Nothing,
}

/// What to do with an order that stands like this.
pub(crate) fn next(
    progress: &OrderProgress,
    release: bool,
    seller: Option<&Party>,
    now: OffsetDateTime,
) -> Next {
    if release {
        return Next::GiveBack;
    }
    let automatic = seller.is_some_and(|seller| seller.fulfilment == FulfilmentPolicy::Automatic);
    match progress.status {
        OrderStatus::Acknowledged if automatic => Next::BeginAndCommitDate,
        OrderStatus::Acknowledged => Next::Begin,
        OrderStatus::InProgress if !automatic => Next::Nothing,
        OrderStatus::InProgress if progress.expected_completion.is_none() => Next::CommitDate,
        OrderStatus::InProgress if progress.assignments.is_empty() => Next::Configure,
        OrderStatus::InProgress => Next::Finish,
        OrderStatus::Pending if progress.correction_due.is_some_and(|due| due <= now) => {
            Next::Expire
        }
        _ => Next::Nothing,
    }
}
