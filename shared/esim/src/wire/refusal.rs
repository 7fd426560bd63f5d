//! Refusals: `{"type", "messages"}` (`infra/docs/contracts/esim-orders.md`, *Errors*).

use api::{Problem, problem::messages};
use domain::esim::EsimRefusal;
use serde_json::{Value, json};

/// The body of an error.
pub fn esim_error(error_type: &str, messages: &[String]) -> Value {
    json!({ "type": error_type, "messages": messages })
}

/// The problem that tells why an order cannot be taken.
pub fn refusal_problem(refusal: &EsimRefusal) -> Problem {
    let violations = refusal.violations();
    match refusal {
        EsimRefusal::CurrencyNotSupported { .. } | EsimRefusal::ProfileTypesDiffer => {
            Problem::InvalidParameters(violations)
        }
        EsimRefusal::OrderOutstanding { .. } => {
            Problem::conflict(refusal.error_type(), refusal.to_string())
        }
        EsimRefusal::ProductNotFound { .. }
        | EsimRefusal::CustomerMustExist
        | EsimRefusal::EmailAndIccidDoNotMatch
        | EsimRefusal::SubscriptionLimitReached { .. } => {
            // One message for each fault, in place of the one that is usual.
            let messages = messages(&violations);
            Problem::unprocessable(refusal.error_type(), refusal.to_string())
                .with("messages", messages)
        }
    }
}
