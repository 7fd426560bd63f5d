//! Transactions with one client request token, retried according to their cancellation reasons.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, CancellationReason},
};

use domain::idempotency::{IdempotencyGuard, KeyUsed};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use time::OffsetDateTime;

use crate::{
    conditions::{Condition, EpochSeconds},
    connection::Table,
    error::{GuardedError, StoreError},
    expression::Write,
    records::IdempotencyRecord,
    size,
};

/// Maximum attempts of a transaction that conflicts with other writes.
const ATTEMPTS: u32 = 7;
/// Maximum delay before the second attempt; doubles with each attempt, with full jitter.
const FIRST_DELAY: Duration = Duration::from_millis(25);
const LONGEST_DELAY: Duration = Duration::from_millis(400);

/// Why a write of a cancelled transaction failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failed {
    /// The stored item when its condition did not hold; empty when there was none.
    pub(crate) found: HashMap<String, AttributeValue>,
}

/// The outcome of a transaction.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Every write is done.
    Done,
    /// No write is done. For each write, in order: its failure, if its condition did not hold.
    Refused(Vec<Option<Failed>>),
}

/// What to do after a cancellation.
enum Decision {
    /// Return which conditions did not hold.
    Refused(Vec<Option<Failed>>),
    /// Send the transaction again; the code of the reason.
    Retry(String),
    /// Return an error.
    Fail(StoreError),
}

/// Transient reasons: a conflict with another write of the same item, or a throttled table. The
/// SDK retries none of them (`infra/docs/reliability.md`, fact 3).
fn is_transient(code: &str) -> bool {
    matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}

fn classify(reasons: &[CancellationReason]) -> Decision {
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    let failed = |reason: &CancellationReason| {
        (reason.code() == Some("ConditionalCheckFailed"))
            .then(|| Failed { found: reason.item().cloned().unwrap_or_default() })
    };
    // A failed condition decides: a retry cannot succeed, whatever the other reasons are.
    let refused: Vec<Option<Failed>> = reasons.iter().map(failed).collect();
    if refused.iter().any(Option::is_some) {
        return Decision::Refused(refused);
    }
    let is_permanent = |reason: &&CancellationReason| {
        let code = code(reason);
        code != "None" && !is_transient(&code)
    };
    match reasons.iter().find(is_permanent) {
        Some(reason) => Decision::Fail(StoreError::of_refusal(&code(reason), reason.message())),
        None => Decision::Retry(reasons.iter().map(code).find(|c| c != "None").unwrap_or_default()),
    }
}

/// Writes that are executed once per idempotency key, together with the response to store.
pub(crate) struct Guarded<'a> {
    /// The key and the response; none for a request without a key.
    pub(crate) guard: Option<&'a IdempotencyGuard>,
    /// The effect.
    pub(crate) writes: Vec<Write>,
    /// The current time: the response is kept for 24 hours from here.
    pub(crate) now: OffsetDateTime,
}

impl Guarded<'_> {
    /// Executes the effect and stores the response, or neither. The outcome has the results of the
    /// effect's writes, in their order.
    ///
    /// # Errors
    /// [`GuardedError::KeyUsed`] takes precedence over other failures: a repeated request must be
    /// recognized before it conflicts with its own first effect.
    pub(crate) async fn run(self, table: &Table) -> Result<Outcome, GuardedError> {
        let Self { guard, mut writes, now } = self;
        let Some(guard) = guard else { return Ok(run(table, writes).await?) };
        let unused = Condition::KeyUnused { now: EpochSeconds::from(now) };
        let record = to_item(IdempotencyRecord::new(guard, now)).map_err(StoreError::from)?;
        writes.insert(0, Write::put(record, unused));
        match run(table, writes).await? {
            Outcome::Done => Ok(Outcome::Done),
            Outcome::Refused(mut reasons) => match reasons.remove(0) {
                None => Ok(Outcome::Refused(reasons)),
                Some(failed) => {
                    let record: Result<IdempotencyRecord, _> = from_item(failed.found);
                    let response = record.map_err(StoreError::from)?.into();
                    let request = guard.request.clone();
                    Err(GuardedError::KeyUsed(Box::new(KeyUsed { request, response })))
                }
            },
        }
    }
}

/// Executes all writes or none.
///
/// All attempts use one client request token: after a lost response, the next attempt finds the
/// transaction done instead of failing on its own writes.
pub(crate) async fn run(table: &Table, writes: Vec<Write>) -> Result<Outcome, StoreError> {
    writes.iter().try_for_each(Write::check_size)?;
    size::check_transaction(writes.iter().map(Write::bytes).sum())?;
    let items = writes
        .into_iter()
        .map(|write| write.into_transaction_item(&table.name))
        .collect::<Result<Vec<_>, _>>()?;
    let token = uuid::Uuid::new_v4().simple().to_string();
    let mut attempt = 1;
    loop {
        let sent = table
            .client
            .transact_write_items()
            .client_request_token(&token)
            .set_transact_items(Some(items.clone()))
            .send()
            .await;
        let busy = match sent {
            Ok(_) => return Ok(Outcome::Done),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    match classify(cancelled.cancellation_reasons()) {
                        Decision::Refused(reasons) => return Ok(Outcome::Refused(reasons)),
                        Decision::Fail(error) => return Err(error),
                        Decision::Retry(code) => StoreError::Throttled(code),
                    }
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                    StoreError::Throttled("TransactionInProgress".to_owned())
                }
                _ => return Err(error.into()),
            },
        };
        if attempt == ATTEMPTS {
            return Err(busy);
        }
        tokio::time::sleep(delay_before(attempt)).await;
        attempt += 1;
    }
}

fn delay_before(next_attempt: u32) -> Duration {
    let ceiling = FIRST_DELAY.saturating_mul(1 << next_attempt.min(8)).min(LONGEST_DELAY);
    ceiling.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str) -> CancellationReason {
        CancellationReason::builder().code(code).build()
    }

    #[test]
    fn a_failed_condition_takes_precedence_over_a_conflict() {
        let reasons = [reason("TransactionConflict"), reason("ConditionalCheckFailed")];
        let Decision::Refused(refused) = classify(&reasons) else { panic!("not refused") };
        assert!(refused[0].is_none() && refused[1].is_some());
    }

    #[test]
    fn only_transient_reasons_are_retried() {
        let transient = ["None", "TransactionConflict", "ThrottlingError"].map(reason);
        assert!(matches!(classify(&transient), Decision::Retry(_)));
        let broken = ["TransactionConflict", "ValidationError"].map(reason);
        assert!(matches!(classify(&broken), Decision::Fail(_)));
    }

    #[test]
    fn delays_stay_below_their_ceiling() {
        for attempt in 1..100 {
            assert!(delay_before(attempt) <= LONGEST_DELAY);
        }
    }
}
