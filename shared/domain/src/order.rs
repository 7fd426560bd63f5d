//! What every order has, whatever its kind: the kind, the history, and the [`Lifecycle`].
//!
//! A kind of order is one implementation of [`Lifecycle`]: [`apply`](Lifecycle::apply) is the only
//! way to another status, and [`next_action`](Lifecycle::next_action) alone decides what is due.
//! The store writes nothing but an [`Applied`], and the relay and the sweeper act on what
//! `next_action` returned, whatever the kind.

mod action;
mod cancellation;
mod history;
mod lifecycle;
mod patience;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use action::{NextAction, Timing};
pub use cancellation::{CLIENT, CancelError, Cancelable};
pub use history::{FailedAttempt, Intervention, StatusChange};
pub use lifecycle::{Applied, Lifecycle, Status};
pub use patience::next_attempt;

/// The kinds of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderKind {
    /// A provisioning order of a mobile subscription.
    Ecc,
    /// An order between two carriers.
    Carrier,
    /// An order of an eSIM.
    Esim,
    /// An order of several items, each executed by an order of its own.
    Service,
}

impl OrderKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Ecc, Self::Carrier, Self::Esim, Self::Service];

    /// The value in items, messages and payloads.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ecc => "ecc",
            Self::Carrier => "carrier",
            Self::Esim => "esim",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for OrderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
