//! HTTP behind API Gateway (payload format 2.0): routing, the checks every request passes, and
//! answers.
//!
//! The order of the checks: the event itself (400), the route (404, 405), who calls (401, 429,
//! 503), what it may do (403), size (413), content type (415), depth (400), then the handler. The
//! handler has until half a second before the invocation's deadline.

mod conditional;
pub mod cursor;
mod encoding;
mod event;
mod handler;
mod idempotency;
pub mod identity;
pub mod json;
mod limits;
pub mod link;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod problem;
pub mod request;
pub mod response;
pub mod route;
pub mod schema;

pub use bytes::Bytes;
pub use domain::idempotency::ResponseStore;
pub use http::{HeaderMap, Method, StatusCode, header};

pub use conditional::VersionConditions;
pub use handler::{HttpHandler, run};
pub use limits::{DEEPEST, LARGEST_BODY, Media};
pub use problem::{Problem, ProblemBody, Refusal, ResponseContext, Rfc9457};
pub use request::{ApiRequest, Params, Query};
pub use response::ApiResponse;
pub use route::{Access, Handler, Route};

pub use identity::Schemes;

/// An API function: its routes, and how callers and problems look on all of them.
pub trait Api: Sized + Send + Sync + 'static {
    /// The body of every problem.
    type Problems: ProblemBody;

    /// How callers prove who they are.
    const SCHEMES: Schemes = Schemes::Basic;

    /// The route table, one [`route!`] a row. The events of the template, the routes of
    /// `cargo lambda watch` and the OpenAPI document are generated from it.
    const ROUTES: &'static [Route<Self>];

    /// Where the responses to requests with an `Idempotency-Key` are stored. None: no operation
    /// takes a key.
    fn responses(&self) -> Option<&dyn ResponseStore>;
}
