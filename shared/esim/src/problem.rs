//! Problems: `{"type", "messages"}` (`infra/docs/contracts/esim-orders.md`, *Errors*).

use api::{
    Problem, ProblemBody, ResponseContext,
    problem::{Members, members, messages},
};
use domain::violation::Violations;
use serde::Serialize;

/// A problem of the eSIM API.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EsimProblem {
    /// For programs: `INVALID_REQUEST_PARAMS`, `PRODUCT_NOT_FOUND`, `ORDER_OUTSTANDING`, …
    r#type: String,
    /// For people, one for each violation.
    messages: Vec<String>,
    /// With `ORDER_NOT_CANCELABLE`: the status of the order, which the refusal brings along.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

/// The body of the eSIM API's problems.
#[derive(Debug, Clone, Copy)]
pub enum EsimProblemBody {}

impl ProblemBody for EsimProblemBody {
    fn body(problem: &Problem, context: &ResponseContext<'_>) -> Members {
        let kind = match problem {
            Problem::InvalidParameters(violations) if concern_the_message(violations) => {
                "INVALID_HTTP_MESSAGE"
            }
            Problem::InvalidParameters(_) => "INVALID_REQUEST_PARAMS",
            Problem::MethodNotAllowed { .. }
            | Problem::TooLarge
            | Problem::UnsupportedMediaType => "INVALID_HTTP_MESSAGE",
            Problem::Unauthorized => "UNAUTHORISED",
            Problem::Forbidden => "ACCESS_DENIED",
            Problem::NotFound | Problem::UnknownPath => "ORDER_NOT_FOUND",
            _ => problem.code(),
        };
        let messages = match problem {
            Problem::InvalidParameters(violations) => messages(violations),
            Problem::Internal { .. } => {
                vec![format!("{}, correlation id {}", problem.info(), context.correlation_id)]
            }
            _ => vec![problem.info().into_owned()],
        };
        members(&EsimProblem { r#type: kind.to_owned(), messages, status: None })
    }
}

/// Whether the request as such could not be read, so that nothing in it was checked.
fn concern_the_message(violations: &Violations) -> bool {
    violations.iter().all(|fault| matches!(fault.pointer.as_str(), "" | "path" | "query"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn body(problem: Problem) -> Value {
        let context = ResponseContext { challenge: "Basic", correlation_id: "correlation-1" };
        let response = problem.into_response::<EsimProblemBody>(&context);
        serde_json::from_slice(response.body()).unwrap()
    }

    fn two_faults() -> Problem {
        let mut violations = Violations::one("/input/customer/email", "required");
        violations.add("/input/countryCode", "two letters");
        violations.into()
    }

    #[test]
    fn an_esim_problem_has_type_and_messages() {
        assert_eq!(
            body(two_faults()),
            json!({
                "type": "INVALID_REQUEST_PARAMS",
                "messages": ["/input/customer/email: required", "/input/countryCode: two letters"],
            })
        );
        let refusal = Problem::unprocessable("PRODUCT_NOT_FOUND", "no such product");
        assert_eq!(
            body(refusal),
            json!({ "type": "PRODUCT_NOT_FOUND", "messages": ["no such product"] })
        );
        for (problem, kind) in [
            (Problem::invalid("", "not valid JSON"), "INVALID_HTTP_MESSAGE"),
            (Problem::invalid("query", "too long"), "INVALID_HTTP_MESSAGE"),
            (Problem::TooLarge, "INVALID_HTTP_MESSAGE"),
            (Problem::UnsupportedMediaType, "INVALID_HTTP_MESSAGE"),
            (Problem::Unauthorized, "UNAUTHORISED"),
            (Problem::Forbidden, "ACCESS_DENIED"),
            (Problem::NotFound, "ORDER_NOT_FOUND"),
            (Problem::conflict("ORDER_OUTSTANDING", "wait"), "ORDER_OUTSTANDING"),
            (Problem::unavailable("table"), "UNAVAILABLE"),
        ] {
            assert_eq!(body(problem)["type"], kind);
        }
    }

    #[test]
    fn an_internal_error_names_the_request_and_not_its_cause() {
        let body = body(Problem::internal("table Orders is gone"));
        assert_eq!(body["type"], "INTERNAL_ERROR");
        assert_eq!(body["messages"], json!(["internal error, correlation id correlation-1"]));
    }
}
