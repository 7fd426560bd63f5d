//! What can go wrong with the database.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::{
    failure::Retryable,
    idempotency::{self, ResponseError},
};
use thiserror::Error;

/// The database did not do what was asked. A condition that does not hold is never an error: it
/// is an answer, and each operation has its own type for it.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// Too many requests, or conflicts with others at the same items that did not end in time.
    #[error("throttled: {0}")]
    Throttled(String),
    /// No answer, or none that tells whether the write happened.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// An item that cannot be read, or that contradicts another.
    #[error("corrupt: {0}")]
    Corrupt(String),
}

impl Retryable for StoreError {
    fn retryable(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::Unavailable(_) => true,
            Self::Corrupt(_) => false,
        }
    }
}

const THROTTLES: [&str; 4] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
];

impl StoreError {
    /// By the code of the service's answer.
    pub(crate) fn of_service(error: &impl ProvideErrorMetadata) -> Self {
        match error.code() {
            Some(code) if THROTTLES.contains(&code) => Self::Throttled(code.to_owned()),
            code => Self::Unavailable(code.unwrap_or("no code").to_owned()),
        }
    }
}

impl<E, R> From<SdkError<E, R>> for StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    fn from(error: SdkError<E, R>) -> Self {
        match error.as_service_error() {
            Some(error) => Self::of_service(error),
            // No answer: a time-out, a connection that broke. The kind is enough for the log.
            None => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<serde_dynamo::Error> for StoreError {
    fn from(error: serde_dynamo::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

impl From<ResponseError> for StoreError {
    fn from(error: ResponseError) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// Why a write under an idempotency key was not done.
pub type GuardedError = idempotency::GuardedError<StoreError>;
