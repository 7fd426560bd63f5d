//! Placing orders of any kind: the order, what it claims and the stored response in one
//! transaction.

use domain::{
    idempotency::{Once, Remembered},
    identity::Tenant,
};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::OffsetDateTime;

use crate::{
    conditions::{Condition, EpochSeconds},
    connection::Table,
    error::StoreError,
    expression::Write,
    keys,
    records::IdempotencyRecord,
    transaction::{self, Failed, Outcome},
};

/// Whose idempotency key, and the response to store under it.
pub type Idempotency<'a> = (&'a Tenant, &'a Once, &'a Remembered);

/// What became of a placement.
pub(crate) enum PlaceOutcome<P> {
    Done,
    /// The key has been used: this was the response then.
    Replayed(Remembered),
    /// The write for this part was refused.
    Refused(P, Failed),
}

/// The write that stores a response under an idempotency key.
pub(super) fn idempotency_write(
    (tenant, once, response): Idempotency<'_>,
    now: OffsetDateTime,
) -> Result<Write, StoreError> {
    let record = IdempotencyRecord::new(tenant, once, response, now);
    Ok(Write::put(to_item(record)?, Condition::KeyUnused { now: EpochSeconds::from(now) }))
}

/// Places an order. Of several writes that are refused the first one counts: a repeated request
/// must be seen as one before it is seen to collide with itself.
///
/// Dies before the transaction: nothing happened. Dies after it: the order is placed, the stream
/// carries it on, and the caller learns of it by its key.
pub(crate) async fn place<P>(
    table: &Table,
    once: Option<Idempotency<'_>>,
    parts: Vec<(P, Write)>,
    now: OffsetDateTime,
) -> Result<PlaceOutcome<P>, StoreError> {
    let key = once.map(|once| idempotency_write(once, now)).transpose()?;
    let with_key = key.is_some();
    let (parts, writes): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let writes = key.into_iter().chain(writes).collect();
    let mut reasons = match transaction::run(table, writes).await? {
        Outcome::Done => return Ok(PlaceOutcome::Done),
        Outcome::Refused(reasons) => reasons.into_iter(),
    };
    if with_key && let Some(Some(Failed { found })) = reasons.next() {
        return Ok(PlaceOutcome::Replayed(from_item::<IdempotencyRecord>(found)?.into()));
    }
    let refused = parts.into_iter().zip(reasons).find_map(|(part, why)| Some((part, why?)));
    let (part, why) =
        refused.ok_or_else(|| StoreError::Corrupt("refused without a reason".to_owned()))?;
    Ok(PlaceOutcome::Refused(part, why))
}

/// The response stored under an idempotency key, if any.
pub(crate) async fn stored_response(
    table: &Table,
    tenant: &Tenant,
    once: &Once,
    now: OffsetDateTime,
) -> Result<Option<Remembered>, StoreError> {
    let key = keys::idempotency(tenant, &once.key);
    let record: Option<IdempotencyRecord> = table.get_consistent(&key).await?;
    Ok(record.filter(|record| record.lives(now)).map(Remembered::from))
}
