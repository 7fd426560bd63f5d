use domain::{
    clock::rfc3339,
    failure::Retryable,
    idempotency::{KeyUsed, ResponseError},
    webhook::{MAX_ENDPOINTS, TooManyRotations},
};
use store::{GuardedError, StoreError};
use thiserror::Error;
use webhooks::{Reason, SendError, TargetError};

/// Why nothing was read or changed.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// The tenant has no such endpoint, or the endpoint no such delivery.
    #[error("no such endpoint or delivery")]
    NotFound,
    /// The endpoint is not in a version that the caller expects.
    #[error("the endpoint has changed since it was read")]
    OtherVersion,
    /// The tenant has as many endpoints as it may have.
    #[error("a client has at most {MAX_ENDPOINTS} endpoints")]
    TooManyEndpoints,
    /// Too many old secrets are promised to sign.
    #[error("the secrets before it are promised to sign; rotate after {}", rfc3339(.0.until))]
    TooManyRotations(TooManyRotations),
    /// Nothing is delivered to the endpoint.
    #[error("the endpoint is disabled; enable it first")]
    Disabled,
    /// The delivery changed concurrently.
    #[error("the delivery changed at the same time; read it again")]
    DeliveryMovedOn,
    /// The URL is none that may be called.
    #[error(transparent)]
    Url(#[from] TargetError),
    /// The URL leads to an address that is not public.
    #[error("must not lead to an address that is not public ({0})")]
    NotPublic(Reason),
    /// The host of the URL has no address.
    #[error("must have a host with an address")]
    NoAddress,
    /// The host of the URL cannot be looked up now.
    #[error(transparent)]
    LookUp(SendError),
    /// The idempotency key has been used.
    #[error(transparent)]
    KeyUsed(Box<KeyUsed>),
    /// The database failed; whether something was changed is unknown.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Retryable for WebhookError {
    /// Whether the same call may succeed later although nothing about it changes.
    fn retryable(&self) -> bool {
        match self {
            Self::LookUp(_) => true,
            Self::Store(error) => error.retryable(),
            _ => false,
        }
    }
}

impl From<SendError> for WebhookError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Forbidden(reason) => Self::NotPublic(reason),
            SendError::NameNotFound(_) => Self::NoAddress,
            other => Self::LookUp(other),
        }
    }
}

impl From<GuardedError> for WebhookError {
    fn from(error: GuardedError) -> Self {
        match error {
            GuardedError::KeyUsed(used) => Self::KeyUsed(used),
            GuardedError::Failed(error) => Self::Store(error),
        }
    }
}

impl From<ResponseError> for WebhookError {
    fn from(error: ResponseError) -> Self {
        Self::Store(error.into())
    }
}
