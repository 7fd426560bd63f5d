//! What goes wrong, and how it is said. The only place that names a status code other than success.

mod body;

use std::{borrow::Cow, error::Error};

use domain::{
    failure::Retryable,
    idempotency::{GuardedError, KeyUsed},
    order::{CancelError, Status},
    violation::Violations,
};
use http::{Method, StatusCode};
use serde_json::{Map, Value};

pub(crate) use body::takes_pages;
pub use body::{
    HttpProblem, Members, ProblemBody, ResponseContext, Rfc9457, ViolationResponse, errors,
    members, messages,
};

use crate::identity::AuthenticationError;

type Cause = Option<Box<dyn Error + Send + Sync>>;

/// A refusal with a code of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    code: &'static str,
    info: Cow<'static, str>,
    extra: Map<String, Value>,
}

/// Why a request is not answered with success. The status is decided here alone; causes are for
/// the log and never reach a client (invariant 7).
#[derive(Debug)]
pub enum Problem {
    /// 400: the request is malformed; every fault.
    InvalidParameters(Violations),
    /// 400 with a code of its own (`UNKNOWN_SERVICE`, say).
    BadRequest(Box<Refusal>),
    /// 401: no credential, or none that opens anything.
    Unauthorized,
    /// 403: the caller's roles do not allow it.
    Forbidden,
    /// 404: does not exist, or not for this caller (invariant 6).
    NotFound,
    /// 404: no route has this path. Says where the paths are described.
    UnknownPath,
    /// 404: the resource exists, but what is asked for of it does not, for this reason.
    Absent(&'static str),
    /// 405: the path exists, not with this method.
    MethodNotAllowed {
        /// The methods it has.
        allow: Vec<Method>,
    },
    /// 409.
    Conflict(Box<Refusal>),
    /// 412: `If-Match` names another revision.
    PreconditionFailed,
    /// 413.
    TooLarge,
    /// 415.
    UnsupportedMediaType,
    /// 422: well formed, but cannot be done.
    Unprocessable(Box<Refusal>),
    /// 422: the idempotency key has been used. The HTTP handler replays the stored response
    /// instead, when the request is the same.
    KeyUsed(Box<KeyUsed>),
    /// 429.
    Throttled {
        /// When to come again.
        retry_after_seconds: u32,
    },
    /// 503: try the same again.
    Unavailable {
        /// When to come again.
        retry_after_seconds: u32,
        /// Why, for the log.
        cause: Cause,
    },
    /// 500: our fault.
    Internal {
        /// Why, for the log.
        cause: Cause,
    },
}

impl Problem {
    /// One fault of the request.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidParameters(Violations::one(pointer, message))
    }

    /// A 400 with a code of its own.
    pub fn bad_request(code: &'static str, info: impl Into<Cow<'static, str>>) -> Self {
        Self::BadRequest(Refusal::new(code, info))
    }

    /// A 409.
    pub fn conflict(code: &'static str, info: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict(Refusal::new(code, info))
    }

    /// A 422.
    pub fn unprocessable(code: &'static str, info: impl Into<Cow<'static, str>>) -> Self {
        Self::Unprocessable(Refusal::new(code, info))
    }

    /// A 503, to be repeated in a second.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { retry_after_seconds: 1, cause: Some(cause.into()) }
    }

    /// What a failure behind us means to the caller: that it sent too much at once (413) or too
    /// often (429), to come again (503), or our fault (500).
    pub fn failed(error: impl Retryable) -> Self {
        if let Some(retry_after_seconds) = error.over_rate() {
            return Self::Throttled { retry_after_seconds };
        }
        if error.too_large() {
            return Self::TooLarge;
        }
        if error.retryable() { Self::unavailable(error) } else { Self::internal(error) }
    }

    /// A 500.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal { cause: Some(cause.into()) }
    }

    /// Adds a field to the body of a problem with a code of its own (`orderId`, say); the others
    /// have no room for one.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        match &mut self {
            Self::BadRequest(refusal) | Self::Conflict(refusal) | Self::Unprocessable(refusal) => {
                refusal.extra.insert(name.to_owned(), value.into());
            }
            _ => {}
        }
        self
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidParameters(_) | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound | Self::UnknownPath | Self::Absent(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable(_) | Self::KeyUsed(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code clients may depend on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidParameters(_) => "INVALID_PARAMETER",
            Self::BadRequest(refusal) | Self::Conflict(refusal) | Self::Unprocessable(refusal) => {
                refusal.code
            }
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound | Self::UnknownPath | Self::Absent(_) => "NOT_FOUND",
            Self::MethodNotAllowed { .. } => "METHOD_NOT_ALLOWED",
            Self::PreconditionFailed => "PRECONDITION_FAILED",
            Self::TooLarge => "TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::KeyUsed(_) => "IDEMPOTENCY_KEY_REUSED",
            Self::Throttled { .. } => "THROTTLED",
            Self::Unavailable { .. } => "UNAVAILABLE",
            Self::Internal { .. } => "INTERNAL_ERROR",
        }
    }

    /// The text for a person.
    pub fn info(&self) -> Cow<'static, str> {
        match self {
            Self::InvalidParameters(_) => "the request has malformed or missing parameters".into(),
            Self::BadRequest(refusal) | Self::Conflict(refusal) | Self::Unprocessable(refusal) => {
                refusal.info.clone()
            }
            Self::Unauthorized => "credentials missing or wrong".into(),
            Self::Forbidden => "the client's roles do not allow this".into(),
            Self::NotFound => "no such resource".into(),
            Self::UnknownPath => "no such path; the documentation is at /docs".into(),
            Self::Absent(why) => (*why).into(),
            Self::MethodNotAllowed { .. } => "the resource does not have this method".into(),
            Self::PreconditionFailed => "the resource has changed since it was read".into(),
            Self::TooLarge => {
                "too large: a body has at most 256 KiB, and what is stored of it 384 KiB".into()
            }
            Self::UnsupportedMediaType => {
                "the body must be JSON in UTF-8, without a content encoding".into()
            }
            Self::KeyUsed(_) => "the key was used for another request".into(),
            Self::Throttled { .. } => "too many requests".into(),
            Self::Unavailable { .. } => "temporarily unavailable, repeat the request".into(),
            Self::Internal { .. } => "internal error".into(),
        }
    }

    /// The cause, for the log.
    pub(crate) fn cause(&self) -> Option<&(dyn Error + Send + Sync)> {
        match self {
            Self::Unavailable { cause, .. } | Self::Internal { cause } => cause.as_deref(),
            _ => None,
        }
    }
}

impl From<AuthenticationError> for Problem {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Refused => Self::Unauthorized,
            AuthenticationError::Throttled { retry_after_seconds } => {
                Self::Throttled { retry_after_seconds }
            }
            AuthenticationError::Unavailable(cause) => Self::unavailable(cause),
        }
    }
}

impl<E: Retryable> From<GuardedError<E>> for Problem {
    fn from(error: GuardedError<E>) -> Self {
        match error {
            GuardedError::KeyUsed(used) => Self::KeyUsed(used),
            GuardedError::Failed(error) => Self::failed(error),
        }
    }
}

/// 409 with the order's status, when it is too late.
impl<S: Status, E: Retryable> From<CancelError<S, E>> for Problem {
    fn from(error: CancelError<S, E>) -> Self {
        match error {
            CancelError::NotFound => Self::NotFound,
            CancelError::TooLate { status, has_ended } => {
                let why = if has_ended {
                    "the order has ended"
                } else {
                    "an outside system may have been called for the order"
                };
                Self::conflict("ORDER_NOT_CANCELABLE", why).with("status", status.as_str())
            }
            CancelError::Contended => Self::Unavailable { retry_after_seconds: 1, cause: None },
            CancelError::KeyUsed(used) => Self::KeyUsed(used),
            CancelError::Failed(error) => Self::failed(error),
        }
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Self::InvalidParameters(violations)
    }
}

impl Refusal {
    /// The code clients may depend on.
    pub fn code(&self) -> &'static str {
        self.code
    }

    fn new(code: &'static str, info: impl Into<Cow<'static, str>>) -> Box<Self> {
        Box::new(Self { code, info: info.into(), extra: Map::new() })
    }
}
