//! Placing orders of any kind: the order, what it claims and the stored response in one
//! transaction.

use domain::idempotency::IdempotencyGuard;
use time::OffsetDateTime;

use crate::{
    connection::Table,
    error::{GuardedError, StoreError},
    expression::Write,
    transaction::{Failed, Guarded, Outcome},
};

/// What became of a placement.
pub(crate) enum PlaceOutcome<P> {
    Done,
    /// The write for this part was refused.
    Refused(P, Failed),
}

/// Places an order. Of several writes that are refused the first one counts.
///
/// Dies before the transaction: nothing happened. Dies after it: the order is placed, the stream
/// carries it on, and the caller learns of it by its key.
///
/// # Errors
/// The key has been used, or the database cannot be reached.
pub(crate) async fn place<P>(
    table: &Table,
    guard: Option<&IdempotencyGuard>,
    parts: Vec<(P, Write)>,
    now: OffsetDateTime,
) -> Result<PlaceOutcome<P>, GuardedError> {
    let (parts, writes): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let reasons = match (Guarded { guard, writes, now }).run(table).await? {
        Outcome::Done => return Ok(PlaceOutcome::Done),
        Outcome::Refused(reasons) => reasons,
    };
    let refused = parts.into_iter().zip(reasons).find_map(|(part, why)| Some((part, why?)));
    let (part, why) =
        refused.ok_or_else(|| StoreError::Corrupt("refused without a reason".to_owned()))?;
    Ok(PlaceOutcome::Refused(part, why))
}
