//! The client of another carrier's carrier order API, called as its Buyer
//! (`infra/docs/contracts/carrier-orders.md`, *Parties*).
//!
//! The operator registers the addresses; no input from a caller or a partner can choose one.
//! Responses are limited in time and size, redirects are not followed, and error texts contain
//! neither bodies nor addresses.

mod http;

use std::{fmt, time::Duration};

use domain::carrier::PartyCredentials;

pub use http::HttpSellerApi;

/// The HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`: has no effect, and no idempotency key.
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

/// A request to another carrier's API.
#[derive(Clone, PartialEq, Eq)]
pub struct SellerCall {
    /// Base URL of the API, without a trailing slash.
    pub base: String,
    /// Our credentials there, for HTTP Basic.
    pub credentials: PartyCredentials,
    /// The HTTP method.
    pub method: Method,
    /// The path below the base, with encoded segments.
    pub path: String,
    /// The idempotency key, the same for each attempt.
    pub idempotency_key: String,
    /// The order's correlation id.
    pub correlation_id: String,
    /// JSON text; none for a request without a body.
    pub body: Option<String>,
}

impl fmt::Debug for SellerCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SellerCall").field("key", &self.idempotency_key).finish_non_exhaustive()
    }
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SellerResponse {
    /// The Seller responded.
    Answered {
        /// The status code.
        status: u16,
        /// `Retry-After`, from now on.
        retry_after: Option<Duration>,
        /// The body; none when it exceeds the size limit.
        body: Option<Vec<u8>>,
    },
    /// No complete response: the effect is unknown.
    Unknown {
        /// Why, for the log; contains neither an address nor request data.
        why: String,
    },
}

/// A client of other carriers' APIs.
pub trait SellerApi: Send + Sync + 'static {
    /// Sends one request, without retries.
    fn call(&self, call: &SellerCall) -> impl Future<Output = SellerResponse> + Send;
}
