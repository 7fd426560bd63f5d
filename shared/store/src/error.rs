//! What can go wrong with the database.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::{
    failure::Retryable,
    idempotency::{self, ResponseError},
};
use thiserror::Error;

/// The database did not do what was asked. A condition that does not hold is never an error: it
/// is a result, and each operation has its own type for it.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// Too many requests, or conflicts with others at the same items that did not end in time.
    #[error("throttled: {0}")]
    Throttled(String),
    /// No response, or none that says whether the write happened.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The owner has placed as many orders as it may. Nothing is written.
    #[error("too many orders: the next in {retry_after_seconds} s")]
    OverRate {
        /// Seconds until it may place the next one.
        retry_after_seconds: u32,
    },
    /// A call that the database refuses, and would refuse again.
    #[error("refused: {0}")]
    Refused(String),
    /// An item or a transaction that is larger than what can be stored. Nothing is written.
    #[error("too large to be stored: {bytes} bytes")]
    TooLarge {
        /// Its size; 0 when only the database knows it.
        bytes: usize,
    },
    /// An item that cannot be read, or that contradicts another.
    #[error("corrupt: {0}")]
    Corrupt(String),
}

impl Retryable for StoreError {
    fn retryable(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::Unavailable(_) | Self::OverRate { .. } => true,
            Self::Refused(_) | Self::TooLarge { .. } | Self::Corrupt(_) => false,
        }
    }

    fn over_rate(&self) -> Option<u32> {
        match self {
            Self::OverRate { retry_after_seconds } => Some(*retry_after_seconds),
            _ => None,
        }
    }

    fn too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}

const THROTTLES: [&str; 4] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
];

/// The codes of calls that are refused for what they say: a repetition is refused as well. Not so
/// missing permissions and a missing table, which an operator corrects.
const PERMANENT: [&str; 5] = [
    "ValidationException",
    "ValidationError",
    "SerializationException",
    "ItemCollectionSizeLimitExceededException",
    "ItemCollectionSizeLimitExceeded",
];

impl StoreError {
    /// By the code and the message of a refusal, of a call or of a part of a transaction.
    pub(crate) fn of_refusal(code: &str, message: Option<&str>) -> Self {
        let is_about_size = message.is_some_and(|message| message.contains("maximum allowed size"));
        match code {
            "ItemCollectionSizeLimitExceeded" | "ItemCollectionSizeLimitExceededException" => {
                Self::TooLarge { bytes: 0 }
            }
            _ if is_about_size => Self::TooLarge { bytes: 0 },
            _ => Self::Refused(code.to_owned()),
        }
    }

    /// By the code of the service's response.
    pub(crate) fn of_service(error: &impl ProvideErrorMetadata) -> Self {
        match error.code() {
            Some(code) if THROTTLES.contains(&code) => Self::Throttled(code.to_owned()),
            Some(code) if PERMANENT.contains(&code) => Self::of_refusal(code, error.message()),
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
            // No response: a time-out, a connection that broke. The kind is enough for the log.
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

/// The error of a write without an idempotency key.
pub(crate) fn unguarded(error: GuardedError) -> StoreError {
    match error {
        GuardedError::Failed(error) => error,
        GuardedError::KeyUsed(_) => StoreError::Corrupt("a key of a write without one".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ErrorMetadata;

    use super::*;

    fn of(code: &str, message: &str) -> StoreError {
        StoreError::of_service(&ErrorMetadata::builder().code(code).message(message).build())
    }

    #[test]
    fn what_the_table_refuses_for_good_is_never_repeated() {
        for code in PERMANENT {
            assert!(!of(code, "one or more parameter values were invalid").retryable(), "{code}");
        }
        let large = "Item size to update has exceeded the maximum allowed size";
        assert!(of("ValidationException", large).too_large());
        assert!(of("ItemCollectionSizeLimitExceededException", "").too_large());
        for code in ["AccessDeniedException", "ResourceNotFoundException", "InternalServerError"] {
            assert!(of(code, "").retryable(), "{code}");
        }
    }
}
