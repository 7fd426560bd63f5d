use domain::{
    failure::Retryable,
    idempotency::{KeyUsed, ResponseError},
    provisioning::OrderNumber,
    scenario::ReservedValueError,
    subscription::{MAX_TAGS, ServiceError},
};
use store::{GuardedError, StoreError};
use thiserror::Error;

/// Why a command placed no order.
#[derive(Debug, Error)]
pub enum PlaceOrderError {
    /// The tenant has no such subscription.
    #[error("no such subscription")]
    SubscriptionNotFound,
    /// Clients may not assign this service.
    #[error("the client may not assign such a service")]
    ServiceNotAssignable,
    /// The change does not fit the services of the subscription.
    #[error(transparent)]
    Services(#[from] ServiceError),
    /// The subscription would have too many tags.
    #[error("at most {MAX_TAGS} tags")]
    TooManyTags,
    /// The subscription has this order outstanding (invariant 1).
    #[error("the subscription has an outstanding order")]
    OrderOutstanding(OrderNumber),
    /// The SIM, or the identity in it, belongs to a subscription or is void.
    #[error("the SIM is in use or no longer valid")]
    SimInUse,
    /// The number belongs to a subscription.
    #[error("the number is in use")]
    MsisdnInUse,
    /// A SIM or a number has no meaning here.
    #[error(transparent)]
    Reserved(#[from] ReservedValueError),
    /// The subscription changed concurrently at every attempt.
    #[error("the subscription changed concurrently")]
    Contended,
    /// The idempotency key has been used.
    #[error(transparent)]
    KeyUsed(Box<KeyUsed>),
    /// The database failed; whether the order is placed is unknown.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PlaceOrderError {
    /// The code of the error: in problems of the API and in the results of a batch.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SubscriptionNotFound => "NOT_FOUND",
            Self::ServiceNotAssignable | Self::Services(ServiceError::NotAssigned(_)) => {
                "UNKNOWN_SERVICE"
            }
            Self::Services(ServiceError::TooMany) | Self::TooManyTags => "INVALID_PARAMETER",
            Self::OrderOutstanding(_) => "ORDER_OUTSTANDING",
            Self::SimInUse => "SIM_IN_USE",
            Self::MsisdnInUse => "MSISDN_IN_USE",
            Self::Reserved(_) => ReservedValueError::CODE,
            Self::KeyUsed(_) => "IDEMPOTENCY_KEY_REUSED",
            Self::Contended => "UNAVAILABLE",
            Self::Store(error) if error.retryable() => "UNAVAILABLE",
            Self::Store(_) => "INTERNAL_ERROR",
        }
    }
}

impl Retryable for PlaceOrderError {
    /// Whether the same command may succeed later although nothing about it changes.
    fn retryable(&self) -> bool {
        match self {
            Self::Contended => true,
            Self::Store(error) => error.retryable(),
            _ => false,
        }
    }
}

impl From<GuardedError> for PlaceOrderError {
    fn from(error: GuardedError) -> Self {
        match error {
            GuardedError::KeyUsed(used) => Self::KeyUsed(used),
            GuardedError::Failed(error) => Self::Store(error),
        }
    }
}

impl From<ResponseError> for PlaceOrderError {
    fn from(error: ResponseError) -> Self {
        Self::Store(error.into())
    }
}
