//! The body of a problem: every API has its own.

use domain::violation::{Violation, Violations};
use http::{HeaderMap, Method, header};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Problem;
use crate::ApiResponse;

/// RFC 8631, section 4.1: where people read about the API.
const DOCUMENTATION: &str = "</docs>; rel=\"service-doc\"";

/// The members of a problem's body.
pub type Members = Map<String, Value>;

/// What the response to a problem depends on besides the problem.
#[derive(Debug, Clone, Copy)]
pub struct ResponseContext<'a> {
    /// `WWW-Authenticate` of a 401.
    pub challenge: &'a str,
    /// Identifies the request to the caller.
    pub correlation_id: &'a str,
}

/// The shape of an API's problems.
pub trait ProblemBody {
    /// The media type.
    const MEDIA: &'static str = "application/json";

    /// The members, without those that a [`Refusal`](super::Refusal) adds.
    fn body(problem: &Problem, context: &ResponseContext<'_>) -> Members;

    /// Adds headers that every problem of the API has.
    fn headers(response: ApiResponse) -> ApiResponse {
        response
    }

    /// The page that a browser gets in place of the members; none where every caller is a program.
    fn page(_problem: &Problem) -> Option<String> {
        None
    }
}

impl Problem {
    /// The response to a browser: a page, if the API has pages.
    pub(crate) fn into_page_or_response<P: ProblemBody>(
        self,
        context: &ResponseContext<'_>,
    ) -> ApiResponse {
        let page = P::page(&self);
        let response = self.into_response::<P>(context);
        match page {
            Some(page) => response.with_body("text/html; charset=utf-8", page),
            None => response,
        }
    }

    /// The response.
    pub fn into_response<P: ProblemBody>(self, context: &ResponseContext<'_>) -> ApiResponse {
        let mut body = P::body(&self, context);
        let mut response = P::headers(ApiResponse::empty(self.status()));
        match self {
            Self::BadRequest(refusal) | Self::Conflict(refusal) | Self::Unprocessable(refusal) => {
                body.extend(refusal.extra);
            }
            Self::UnknownPath => response = response.header(header::LINK, DOCUMENTATION),
            Self::Unauthorized => {
                response = response.header(header::WWW_AUTHENTICATE, context.challenge);
            }
            Self::MethodNotAllowed { allow } => {
                let allow: Vec<&str> = allow.iter().map(Method::as_str).collect();
                response = response.header(header::ALLOW, allow.join(", "));
            }
            Self::Throttled { retry_after_seconds }
            | Self::Unavailable { retry_after_seconds, .. } => {
                response = response.header(header::RETRY_AFTER, retry_after_seconds.to_string());
            }
            _ => {}
        }
        response.with_body(P::MEDIA, Value::Object(body).to_string().into_bytes())
    }
}

/// Whether a caller asks for pages by name, as browsers do: `*/*` is what programs send.
pub(crate) fn takes_pages(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|media| {
        let media = media.split(';').next().unwrap_or_default();
        media.trim().eq_ignore_ascii_case("text/html")
    })
}

/// What is wrong with one parameter.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ViolationResponse {
    /// JSON pointer into the body, or `query/…`, `path/…`, `header/…`.
    pointer: String,
    /// What is wrong.
    message: String,
}

/// A problem (RFC 9457).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct HttpProblem {
    /// `about:blank`.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// For people.
    detail: String,
    /// For programs: `INVALID_PARAMETER`, `NOT_FOUND`, `ENDPOINT_DISABLED`, …
    code: String,
    /// With `INVALID_PARAMETER`: every violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ViolationResponse>>,
}

/// RFC 9457: `application/problem+json`, with `code`, and violations as
/// `errors: [{pointer, message}]`.
#[derive(Debug, Clone, Copy)]
pub enum Rfc9457 {}

impl ProblemBody for Rfc9457 {
    const MEDIA: &'static str = "application/problem+json";

    fn body(problem: &Problem, _: &ResponseContext<'_>) -> Members {
        let status = problem.status();
        members(&HttpProblem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: problem.info().into_owned(),
            code: problem.code().to_owned(),
            errors: errors(problem),
        })
    }
}

/// The members of a body that is serialized; none of what is no object.
pub fn members(body: &impl Serialize) -> Members {
    match serde_json::to_value(body) {
        Ok(Value::Object(members)) => members,
        _ => Members::new(),
    }
}

/// Every violation of invalid parameters; none of any other problem.
pub fn errors(problem: &Problem) -> Option<Vec<ViolationResponse>> {
    let Problem::InvalidParameters(violations) = problem else { return None };
    let entry = |Violation { pointer, message }: &Violation| ViolationResponse {
        pointer: pointer.clone(),
        message: message.clone(),
    };
    Some(violations.iter().map(entry).collect())
}

/// A line of text for each violation: `pointer: message`.
pub fn messages(violations: &Violations) -> Vec<String> {
    let line = |Violation { pointer, message }: &Violation| match pointer.as_str() {
        "" => message.clone(),
        pointer => format!("{pointer}: {message}"),
    };
    violations.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, StatusCode};
    use serde_json::json;

    use super::*;

    fn body(problem: Problem) -> Value {
        let context = ResponseContext { challenge: "Basic", correlation_id: "correlation-1" };
        let response = problem.into_response::<Rfc9457>(&context);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        serde_json::from_slice(response.body()).unwrap()
    }

    #[test]
    fn an_rfc_9457_problem_has_its_registered_members() {
        assert_eq!(
            body(Problem::NotFound),
            json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "no such resource",
                "code": "NOT_FOUND",
            })
        );
    }

    #[test]
    fn an_unknown_path_is_answered_with_where_the_documentation_is() {
        let context = ResponseContext { challenge: "Basic", correlation_id: "correlation-1" };
        let response = Problem::UnknownPath.into_response::<Rfc9457>(&context);
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["link"], "</docs>; rel=\"service-doc\"");
        assert_eq!(
            body(Problem::UnknownPath)["detail"],
            "no such path; the documentation is at /docs"
        );
    }

    enum WithPages {}

    impl ProblemBody for WithPages {
        fn body(problem: &Problem, context: &ResponseContext<'_>) -> Members {
            Rfc9457::body(problem, context)
        }

        fn page(problem: &Problem) -> Option<String> {
            Some(format!("<p>{}</p>", problem.status()))
        }
    }

    #[test]
    fn a_browser_gets_a_page_where_the_api_has_pages() {
        let context = ResponseContext { challenge: "Basic", correlation_id: "correlation-1" };
        let page = Problem::NotFound.into_page_or_response::<WithPages>(&context);
        assert_eq!(
            (page.status(), page.body()),
            (StatusCode::NOT_FOUND, &b"<p>404 Not Found</p>"[..])
        );
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        let none = Problem::NotFound.into_page_or_response::<Rfc9457>(&context);
        assert_eq!(none.headers()["content-type"], "application/problem+json");
        let takes = |accept: &'static str| {
            let value = HeaderValue::from_static(accept);
            takes_pages(&HeaderMap::from_iter([(header::ACCEPT, value)]))
        };
        assert!(takes("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"));
        assert!(!takes("*/*") && !takes("application/json") && !takes_pages(&HeaderMap::new()));
    }

    #[test]
    fn every_violation_is_listed() {
        let mut violations = Violations::one("/iccid", "required");
        violations.add("query/limit", "1 to 100");
        assert_eq!(
            body(violations.into())["errors"],
            json!([
                { "pointer": "/iccid", "message": "required" },
                { "pointer": "query/limit", "message": "1 to 100" },
            ])
        );
    }

    #[test]
    fn the_cause_of_an_internal_error_is_not_in_its_body() {
        let text = body(Problem::internal("table Orders is gone")).to_string();
        assert!(!text.contains("Orders"), "{text}");
    }
}
