//! Placing orders of any kind: the order, what it claims and the stored response in one
//! transaction.

use domain::idempotency::IdempotencyGuard;
use time::OffsetDateTime;

use crate::{
    connection::Table,
    error::{GuardedError, StoreError},
    expression::Write,
    quota::Permit,
    transaction::{Failed, Guarded, Outcome},
};

/// What became of a placement.
pub(crate) enum PlaceOutcome<P> {
    Done,
    /// The write for this part was refused.
    Refused(P, Failed),
}

/// Places an order of an owner, whose rate is limited; none: the order was counted before. Of
/// several writes that are refused the first one counts.
///
/// Dies before the transaction: nothing happened. Dies after it: the order is placed, the stream
/// carries it on, and the caller learns of it by its key.
///
/// # Errors
/// The key has been used, the owner has placed as many orders as it may, or the database cannot be
/// reached.
pub(crate) async fn place<P>(
    table: &Table,
    owner: Option<String>,
    guard: Option<&IdempotencyGuard>,
    parts: Vec<(P, Write)>,
    now: OffsetDateTime,
) -> Result<PlaceOutcome<P>, GuardedError> {
    let (parts, mut writes): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let permit = owner.map(|owner| table.quota.take(owner, 1, now)).transpose()?;
    // Last: an order that cannot be placed is refused for its own reason.
    writes.extend(permit.as_ref().and_then(Permit::write));
    let reasons = match (Guarded { guard, writes, now }).run(table).await {
        Ok(Outcome::Done) => {
            if let Some(permit) = permit {
                permit.used();
            }
            return Ok(PlaceOutcome::Done);
        }
        Ok(Outcome::Refused(reasons)) => reasons,
        Err(error) => {
            if let (GuardedError::KeyUsed(_), Some(permit)) = (&error, permit) {
                permit.returned();
            }
            return Err(error);
        }
    };
    match (parts.into_iter().zip(reasons).find_map(|(part, why)| Some((part, why?))), permit) {
        (Some((part, why)), permit) => {
            if let Some(permit) = permit {
                permit.returned();
            }
            Ok(PlaceOutcome::Refused(part, why))
        }
        (None, Some(permit)) => Err(permit.refused().into()),
        (None, None) => Err(StoreError::Corrupt("refused without a reason".to_owned()).into()),
    }
}
