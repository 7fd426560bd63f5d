//! Transactions: sent under one token, retried by the reasons of their cancellation.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, CancellationReason},
};

use crate::{connection::Table, error::StoreError, expression::Write};

/// Attempts at a transaction that others keep getting in the way of.
const ATTEMPTS: u32 = 7;
/// The longest wait before the second attempt; doubles, and each wait is drawn between nothing
/// and this (full jitter).
const FIRST_WAIT: Duration = Duration::from_millis(25);
const LONGEST_WAIT: Duration = Duration::from_millis(400);

/// Why a write of a cancelled transaction was not done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failed {
    /// What was there when its condition did not hold; empty when nothing was there.
    pub(crate) found: HashMap<String, AttributeValue>,
}

/// What became of a transaction.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All of it is done.
    Done,
    /// None of it is done. For each write, in order: why not, if it was to blame.
    Refused(Vec<Option<Failed>>),
}

/// What the reasons of a cancellation come to.
enum Verdict {
    Refused(Vec<Option<Failed>>),
    TryAgain(String),
    Broken(String),
}

/// Reasons that pass: somebody else was at the same item, or the table was busy. The SDK retries
/// none of them (`reliability.md`, fact 3).
fn passes(code: &str) -> bool {
    matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}

fn judge(reasons: &[CancellationReason]) -> Verdict {
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    let failed = |reason: &CancellationReason| {
        (reason.code() == Some("ConditionalCheckFailed"))
            .then(|| Failed { found: reason.item().cloned().unwrap_or_default() })
    };
    // One condition that does not hold decides: trying again cannot help, whatever the others say.
    let refused: Vec<Option<Failed>> = reasons.iter().map(failed).collect();
    if refused.iter().any(Option::is_some) {
        return Verdict::Refused(refused);
    }
    match reasons.iter().map(code).find(|code| code != "None" && !passes(code)) {
        Some(code) => Verdict::Broken(code),
        None => {
            Verdict::TryAgain(reasons.iter().map(code).find(|c| c != "None").unwrap_or_default())
        }
    }
}

/// Does all of the writes, or none.
///
/// One token for all attempts: when the answer to an earlier one was lost, the next finds the
/// transaction done instead of failing on its own writes.
pub(crate) async fn run(table: &Table, writes: Vec<Write>) -> Result<Outcome, StoreError> {
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
                    match judge(cancelled.cancellation_reasons()) {
                        Verdict::Refused(reasons) => return Ok(Outcome::Refused(reasons)),
                        Verdict::Broken(code) => return Err(StoreError::Corrupt(code)),
                        Verdict::TryAgain(code) => StoreError::Throttled(code),
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
        tokio::time::sleep(wait_before(attempt)).await;
        attempt += 1;
    }
}

fn wait_before(next_attempt: u32) -> Duration {
    let ceiling = FIRST_WAIT.saturating_mul(1 << next_attempt.min(8)).min(LONGEST_WAIT);
    ceiling.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str) -> CancellationReason {
        CancellationReason::builder().code(code).build()
    }

    #[test]
    fn a_condition_that_does_not_hold_decides_even_beside_a_conflict() {
        let reasons = [reason("TransactionConflict"), reason("ConditionalCheckFailed")];
        let Verdict::Refused(refused) = judge(&reasons) else { panic!("not refused") };
        assert!(refused[0].is_none() && refused[1].is_some());
    }

    #[test]
    fn only_reasons_that_all_pass_are_tried_again() {
        let passing = ["None", "TransactionConflict", "ThrottlingError"].map(reason);
        assert!(matches!(judge(&passing), Verdict::TryAgain(_)));
        let broken = ["TransactionConflict", "ValidationError"].map(reason);
        assert!(matches!(judge(&broken), Verdict::Broken(_)));
    }

    #[test]
    fn waits_stay_below_their_ceiling() {
        for attempt in 1..100 {
            assert!(wait_before(attempt) <= LONGEST_WAIT);
        }
    }
}
