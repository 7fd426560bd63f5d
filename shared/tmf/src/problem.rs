//! Problems: TM Forum's `Error` (TMF630, *Error handling*), with every violation.

use api::{
    Problem, ProblemBody, ResponseContext,
    problem::{Members, ViolationResponse, errors, members, messages},
};
use serde::Serialize;

/// A problem of the TM Forum APIs.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TmfProblem {
    /// For programs: `INVALID_PARAMETER`, `NOT_FOUND`, `EXTERNAL_ID_TAKEN`, …
    code: String,
    /// For people.
    reason: String,
    /// Every violation, or what to do instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// The HTTP status, as text.
    status: String,
    /// `Error`.
    #[serde(rename = "@type")]
    kind: &'static str,
    /// With `INVALID_PARAMETER`: every violation by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ViolationResponse>>,
}

/// The body of the problems of the TM Forum APIs.
#[derive(Debug, Clone, Copy)]
pub enum TmfProblemBody {}

impl ProblemBody for TmfProblemBody {
    fn body(problem: &Problem, context: &ResponseContext<'_>) -> Members {
        let message = match problem {
            Problem::InvalidParameters(violations) => Some(messages(violations).join("; ")),
            Problem::Internal { .. } => Some(format!("correlation id {}", context.correlation_id)),
            _ => None,
        };
        members(&TmfProblem {
            code: problem.code().to_owned(),
            reason: problem.info().into_owned(),
            message,
            status: problem.status().as_u16().to_string(),
            kind: "Error",
            errors: errors(problem),
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::violation::Violations;
    use serde_json::{Value, json};

    use super::*;

    fn body(problem: Problem) -> Value {
        let context = ResponseContext { challenge: "Basic", correlation_id: "correlation-1" };
        let response = problem.into_response::<TmfProblemBody>(&context);
        serde_json::from_slice(response.body()).unwrap()
    }

    #[test]
    fn a_problem_has_the_members_of_the_documents_and_every_violation() {
        let mut violations = Violations::one("/serviceOrderItem", "required");
        violations.add("/priority", "must be a string");
        assert_eq!(
            body(violations.into()),
            json!({
                "code": "INVALID_PARAMETER",
                "reason": "the request has malformed or missing parameters",
                "message": "/serviceOrderItem: required; /priority: must be a string",
                "status": "400",
                "@type": "Error",
                "errors": [
                    { "pointer": "/serviceOrderItem", "message": "required" },
                    { "pointer": "/priority", "message": "must be a string" },
                ],
            })
        );
    }

    #[test]
    fn an_internal_error_names_the_request_and_not_its_cause() {
        let body = body(Problem::internal("table Orders is gone"));
        assert_eq!(body["message"], "correlation id correlation-1");
        assert!(!body.to_string().contains("Orders"));
    }
}
