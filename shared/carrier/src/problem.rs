//! What is refused, in the registry's codes.

use api::Problem;
use domain::carrier::{
    CarrierOrderError, ReplacementError, ReportError, TransitionError, registry,
};

/// An event that cannot happen to the order.
pub fn order_problem(error: &CarrierOrderError) -> Problem {
    match error {
        CarrierOrderError::Transition(error) => not_possible(error),
        CarrierOrderError::Replacement(error) => replacement_problem(error),
        CarrierOrderError::Report(error) => report_problem(error),
        // Sooner or later the Seller answers.
        CarrierOrderError::TooManyRequests => {
            Problem::Unavailable { retry_after_seconds: 60, cause: None }
        }
        CarrierOrderError::Unchanged | CarrierOrderError::OtherSide => {
            Problem::conflict(registry::NOT_POSSIBLE_NOW.code, error.to_string())
        }
    }
}

/// The order is in a state in which this cannot happen: 409, and nothing has changed.
fn not_possible(error: &TransitionError) -> Problem {
    Problem::conflict(registry::NOT_POSSIBLE_NOW.code, error.to_string())
}

/// Others kept changing the order: to be repeated.
pub fn not_stored() -> Problem {
    Problem::Unavailable { retry_after_seconds: 1, cause: None }
}

/// A document that cannot take the place of the other.
fn replacement_problem(error: &ReplacementError) -> Problem {
    match error {
        ReplacementError::OtherOrder { member } => {
            Problem::invalid(format!("/{member}"), "must not change")
        }
        ReplacementError::NotNewer { .. } => {
            Problem::conflict(registry::VERSION_NOT_NEWER.code, error.to_string())
        }
        ReplacementError::Configured => {
            Problem::conflict(registry::NOT_POSSIBLE_NOW.code, error.to_string())
        }
        ReplacementError::Transition(error) => not_possible(error),
    }
}

/// A report that makes no event of the order.
fn report_problem(error: &ReportError) -> Problem {
    match error {
        ReportError::Missing { member } => Problem::invalid(format!("/{member}"), "required"),
        ReportError::OtherOrder { .. } | ReportError::NoEvent { .. } => {
            Problem::conflict(registry::NOT_POSSIBLE_NOW.code, error.to_string())
        }
        ReportError::Transition(error) => not_possible(error),
    }
}
