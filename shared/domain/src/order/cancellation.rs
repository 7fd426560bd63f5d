//! Orders that the client that placed them may cancel.

use std::error::Error;

use thiserror::Error;

use super::Lifecycle;
use crate::{
    failure::Retryable,
    idempotency::{GuardedError, KeyUsed},
    identity::Tenant,
};

/// Who cancels an order for its client, as its history says.
pub const CLIENT: &str = "client";

/// A kind of order that its client may cancel, up to the point from which an outside system may
/// have been called for it ([`Lifecycle::apply`] refuses the cancellation from there on).
///
/// A worker takes its lease before it calls an outside system, and each lease raises the revision.
/// A cancellation is decided on an order as it was read, and stored only while that is its revision:
/// of a cancellation and a lease one is refused, and the call of a worker whose lease was refused is
/// never made.
pub trait Cancelable: Lifecycle {
    /// Whose order it is.
    fn tenant(&self) -> &Tenant;

    /// The event.
    fn cancellation() -> Self::Event;

    /// Whether this is how it ended.
    fn is_canceled_by_client(&self) -> bool;

    /// Whether a part of the system waits for its end, whoever else is told.
    fn has_waiting_batch(&self) -> bool {
        false
    }
}

/// Why an order was not cancelled, when the store behind it fails with `E`; `S` is its status.
#[derive(Debug, Error)]
pub enum CancelError<S, E: Error + 'static> {
    /// The tenant has no such order.
    #[error("no such order")]
    NotFound,
    /// The order has ended otherwise, or an outside system may have been called for it.
    #[error("the order cannot be canceled any more")]
    TooLate {
        /// Its status.
        status: S,
        /// Whether it has ended.
        has_ended: bool,
    },
    /// The order changed concurrently at every attempt.
    #[error("the order changed concurrently")]
    Contended,
    /// The idempotency key has been used.
    #[error(transparent)]
    KeyUsed(Box<KeyUsed>),
    /// The store failed; whether the order is cancelled is unknown.
    #[error(transparent)]
    Failed(E),
}

impl<S, E: Error + 'static> From<GuardedError<E>> for CancelError<S, E> {
    fn from(error: GuardedError<E>) -> Self {
        match error {
            GuardedError::KeyUsed(used) => Self::KeyUsed(used),
            GuardedError::Failed(error) => Self::Failed(error),
        }
    }
}

impl<S, E> Retryable for CancelError<S, E>
where
    S: std::fmt::Debug + Send + Sync + 'static,
    E: Retryable,
{
    /// Whether the order may be cancelled later although nothing about it changes.
    fn retryable(&self) -> bool {
        match self {
            Self::Contended => true,
            Self::Failed(error) => error.retryable(),
            Self::NotFound | Self::TooLate { .. } | Self::KeyUsed(_) => false,
        }
    }
}
