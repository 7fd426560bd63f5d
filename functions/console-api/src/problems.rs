//! Problems: a page for a browser, RFC 9457 for any other caller.

use api::{
    ApiResponse, Problem, ProblemBody, ResponseContext, Rfc9457, StatusCode, problem::Members,
};

use crate::{
    pages::{frame, problem},
    respond::guarded,
};

/// What is said without a session.
const NO_SESSION: &str = "there is no session, or it is over; the operator's command `orderwire \
                          console` makes a link that opens one";

/// The problems of the console.
#[derive(Debug, Clone, Copy)]
pub enum ConsoleProblems {}

/// The text for a person.
fn info(problem: &Problem) -> String {
    match problem {
        Problem::Forbidden => NO_SESSION.to_owned(),
        other => other.info().into_owned(),
    }
}

impl ProblemBody for ConsoleProblems {
    const MEDIA: &'static str = Rfc9457::MEDIA;

    fn body(problem: &Problem, context: &ResponseContext<'_>) -> Members {
        let mut members = Rfc9457::body(problem, context);
        members.insert("detail".to_owned(), info(problem).into());
        members
    }

    fn headers(response: ApiResponse) -> ApiResponse {
        guarded(response)
    }

    fn page(failed: &Problem) -> Option<String> {
        let title = match failed.status() {
            StatusCode::FORBIDDEN => "No session",
            status => status.canonical_reason().unwrap_or("Problem"),
        };
        Some(frame(title, None, "", &problem(title, &info(failed))).into_string())
    }
}
