//! HTTP behind API Gateway (payload format 2.0): routing, the checks every request passes, and
//! answers.
//!
//! The order of the checks: the event itself (400), the route (404, 405), who calls (401, 429,
//! 503), what it may do (403), size (413), content type (415), depth (400), then the handler. The
//! handler has until half a second before the invocation's deadline.

pub mod cursor;
mod event;
mod front;
pub mod identity;
pub mod json;
mod limits;
mod once;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod problem;
pub mod request;
pub mod response;
pub mod route;

pub use bytes::Bytes;
pub use http::{HeaderMap, Method, StatusCode, header};

pub use front::{Front, run};
pub use limits::{DEEPEST, LARGEST_BODY, Media};
pub use once::{remember, repeat};
pub use problem::{Problem, ProblemBody, Refusal, ResponseContext, Rfc9457};
pub use request::{ApiRequest, Params, Query};
pub use response::ApiResponse;
pub use route::{Access, Route};

pub use identity::Schemes;

/// What an API function is: its routes and what each does.
pub trait Api: Send + Sync + 'static {
    /// One value for each operation.
    type Operation: Copy + Send + Sync + 'static;

    /// The body of every problem.
    type Problems: ProblemBody;

    /// How callers prove who they are.
    const SCHEMES: Schemes = Schemes::Basic;

    /// All routes: a constant table, the same as in the template.
    fn routes() -> &'static [Route<Self::Operation>];

    /// What an operation takes as a body.
    fn media(_operation: Self::Operation) -> Media {
        Media::Json
    }

    /// Carries an operation out.
    ///
    /// # Errors
    /// A problem becomes the answer that says so; the cause inside it is logged, never shown.
    fn handle(
        &self,
        operation: Self::Operation,
        request: ApiRequest,
    ) -> impl Future<Output = Result<ApiResponse, Problem>> + Send;
}
