use domain::{
    failure::Retryable,
    idempotency::{KeyUsed, ResponseError},
    service_order::{OrderState, ServiceOrderError, ServiceOrderId},
    violation::Violations,
};
use store::{GuardedError, StoreError};
use thiserror::Error;

/// Why an order was not read, or a command not executed: nothing has changed, unless the database
/// failed.
#[derive(Debug, Error)]
pub enum TmfError {
    /// No such order or task, or not for this caller (invariant 6).
    #[error("no such resource")]
    NotFound,
    /// The document is malformed.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// The order is not as the caller expects it.
    #[error("the order has changed since it was read")]
    OtherVersion,
    /// The `externalId` belongs to an order that was placed by another request.
    #[error("the externalId belongs to another order")]
    ExternalIdTaken(ServiceOrderId),
    /// A client cannot set the state of an order.
    #[error("the state is set by the server: to cancel an order, create a cancel task")]
    StateIsOurs,
    /// An order is deleted only when it has ended.
    #[error("the order is {0}: only an order that has ended is deleted")]
    NotEnded(OrderState),
    /// Not possible for the order as it is.
    #[error(transparent)]
    Refused(#[from] ServiceOrderError),
    /// The order changed concurrently at every attempt, or its last state is being published.
    #[error("the order changed concurrently")]
    Contended,
    /// The idempotency key has been used.
    #[error(transparent)]
    KeyUsed(Box<KeyUsed>),
    /// The database failed; whether the command was executed is unknown.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Retryable for TmfError {
    fn retryable(&self) -> bool {
        match self {
            Self::Contended => true,
            Self::Store(error) => error.retryable(),
            _ => false,
        }
    }
}

impl From<GuardedError> for TmfError {
    fn from(error: GuardedError) -> Self {
        match error {
            GuardedError::KeyUsed(used) => Self::KeyUsed(used),
            GuardedError::Failed(error) => Self::Store(error),
        }
    }
}

impl From<ResponseError> for TmfError {
    fn from(error: ResponseError) -> Self {
        Self::Store(error.into())
    }
}
