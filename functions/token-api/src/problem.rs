//! Problems: `{"error", "error_description"}` (RFC 6749, section 5.2).

use api::{
    ApiResponse, Problem, ProblemBody, ResponseContext, header,
    problem::{Members, members, messages},
};
use serde::Serialize;

/// A problem (RFC 6749, section 5.2).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(crate) struct OAuthProblem {
    /// For programs: `invalid_request`, `invalid_client`, `unsupported_grant_type`,
    /// `invalid_scope`, `temporarily_unavailable`, `server_error`.
    error: String,
    /// For people.
    error_description: String,
}

/// The body of the token endpoint's problems.
#[derive(Debug, Clone, Copy)]
pub enum OAuthProblemBody {}

impl ProblemBody for OAuthProblemBody {
    fn body(problem: &Problem, _: &ResponseContext<'_>) -> Members {
        let error = match problem {
            Problem::BadRequest(refusal) => refusal.code(),
            Problem::Unauthorized => "invalid_client",
            Problem::Forbidden => "unauthorized_client",
            Problem::Throttled { .. } | Problem::Unavailable { .. } => "temporarily_unavailable",
            Problem::Internal { .. } => "server_error",
            _ => "invalid_request",
        };
        let description = match problem {
            Problem::InvalidParameters(violations) => messages(violations).join(", "),
            Problem::UnsupportedMediaType => {
                "the body must be application/x-www-form-urlencoded".to_owned()
            }
            _ => problem.info().into_owned(),
        };
        // The characters that RFC 6749, appendix A.8, allows.
        let legal = |c: &char| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~');
        let description: String = description.chars().filter(legal).collect();
        members(&OAuthProblem { error: error.to_owned(), error_description: description })
    }

    fn headers(response: ApiResponse) -> ApiResponse {
        response.header(header::PRAGMA, "no-cache")
    }
}

#[cfg(test)]
mod tests {
    use api::Method;
    use serde_json::{Value, json};

    use super::*;

    fn respond(problem: Problem) -> ApiResponse {
        let context = ResponseContext { challenge: "Basic", correlation_id: "correlation-1" };
        problem.into_response::<OAuthProblemBody>(&context)
    }

    fn body(response: &ApiResponse) -> Value {
        serde_json::from_slice(response.body()).unwrap()
    }

    #[test]
    fn an_oauth_problem_has_error_and_description_of_legal_characters() {
        let refused = Problem::bad_request("invalid_scope", "no \"scope\" \\ größer");
        assert_eq!(
            body(&respond(refused)),
            json!({ "error": "invalid_scope", "error_description": "no scope  grer" })
        );
        for (problem, status, error) in [
            (Problem::Unauthorized, 401, "invalid_client"),
            (Problem::UnsupportedMediaType, 415, "invalid_request"),
            (Problem::MethodNotAllowed { allow: vec![Method::POST] }, 405, "invalid_request"),
            (Problem::TooLarge, 413, "invalid_request"),
            (Problem::invalid("", "malformed base64"), 400, "invalid_request"),
            (Problem::Throttled { retry_after_seconds: 1 }, 429, "temporarily_unavailable"),
            (Problem::Internal { cause: None }, 500, "server_error"),
        ] {
            let response = respond(problem);
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers()["pragma"], "no-cache");
            assert_eq!(body(&response)["error"], error);
        }
    }

    #[test]
    fn the_cause_of_an_internal_error_is_not_in_its_body() {
        let text = body(&respond(Problem::internal("table Orders is gone"))).to_string();
        assert!(!text.contains("Orders"), "{text}");
    }
}
