use domain::{
    carrier::{BuyerOrderError, OrderId, OrderVersion, SellerOrderError},
    failure::Retryable,
    idempotency::{KeyUsed, ResponseError},
    scenario::ReservedValueError,
    violation::Violations,
};
use store::{GuardedError, StoreError};
use thiserror::Error;

/// Why an order was not read, or a command not executed: nothing has changed, unless the database
/// failed.
#[derive(Debug, Error)]
pub enum CarrierError {
    /// No such order, or not for this caller (invariant 6).
    #[error("no such order")]
    OrderNotFound,
    /// The caller sees the order, but stands on the side that may not do this.
    #[error("the caller's side of the order does not allow this")]
    NotAllowed,
    /// The order is not in a version that the caller expects.
    #[error("the order has changed since it was read")]
    OtherVersion,
    /// The document is malformed, or deviates in a way that is not tolerated.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// The Buyer's number has no meaning here.
    #[error(transparent)]
    Reserved(#[from] ReservedValueError),
    /// The document is larger than 256 KiB after the patch.
    #[error("the document is too large")]
    TooLarge,
    /// The Buyer has another order under this number, or a version that is as new.
    #[error("the Buyer has an order with this purchase order number in version {version}")]
    NumberTaken {
        /// The order.
        order: OrderId,
        /// Its version.
        version: OrderVersion,
    },
    /// Not possible for the order as it is.
    #[error(transparent)]
    Refused(#[from] SellerOrderError),
    /// Not possible for an order at a remote Seller as it is.
    #[error(transparent)]
    NotForwarded(#[from] BuyerOrderError),
    /// The order changed concurrently at every attempt.
    #[error("the order changed concurrently")]
    Contended,
    /// The idempotency key has been used.
    #[error(transparent)]
    KeyUsed(Box<KeyUsed>),
    /// The database failed; whether the command was executed is unknown.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Retryable for CarrierError {
    /// Whether the same command may succeed later although nothing about it changes.
    fn retryable(&self) -> bool {
        match self {
            Self::Contended | Self::NotForwarded(BuyerOrderError::TooManyRequests) => true,
            Self::Store(error) => error.retryable(),
            _ => false,
        }
    }
}

impl From<GuardedError> for CarrierError {
    fn from(error: GuardedError) -> Self {
        match error {
            GuardedError::KeyUsed(used) => Self::KeyUsed(used),
            GuardedError::Failed(error) => Self::Store(error),
        }
    }
}

impl From<ResponseError> for CarrierError {
    fn from(error: ResponseError) -> Self {
        Self::Store(error.into())
    }
}
