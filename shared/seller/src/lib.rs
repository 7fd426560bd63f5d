//! Another carrier's API of carrier orders, called as its Buyer (`contracts/carrier-orders.md`,
//! *Parties*).
//!
//! Whom we call, the operator has registered; nothing that a caller or a partner sends can choose
//! an address. Answers are bounded in time and size, redirects are not followed, and neither
//! bodies nor addresses ever come into an error's text.

mod http;

use std::{fmt, time::Duration};

use domain::carrier::PartyCredentials;

pub use http::HttpSellerApi;

/// How it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

/// A call of another carrier's API.
#[derive(Clone, PartialEq, Eq)]
pub struct SellerCall {
    /// Where its API is, without a slash at the end.
    pub base: String,
    /// Whom we are there: HTTP Basic.
    pub credentials: PartyCredentials,
    /// How it is called.
    pub method: Method,
    /// The path below the base, its parts encoded.
    pub path: String,
    /// Makes the call safe to repeat: the same for each attempt.
    pub idempotency_key: String,
    /// Follows the order.
    pub correlation_id: String,
    /// JSON text; none for a call without a body.
    pub body: Option<String>,
}

impl fmt::Debug for SellerCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SellerCall").field("key", &self.idempotency_key).finish_non_exhaustive()
    }
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SellerResponse {
    /// It was answered.
    Answered {
        /// The status code.
        status: u16,
        /// How long to wait before the next attempt, when the answer says so in seconds.
        retry_after: Option<Duration>,
        /// The body; none when it is longer than an order can be.
        body: Option<Vec<u8>>,
    },
    /// Whether it had any effect is not known.
    Unknown {
        /// Why, for the log: never an address, never anything that was sent.
        why: String,
    },
}

/// Calls other carriers.
pub trait SellerApi: Send + Sync + 'static {
    /// Calls one, once.
    fn call(&self, call: &SellerCall) -> impl Future<Output = SellerResponse> + Send;
}
