//! Provisioning orders: one change of one subscription, on its way through the network
//! (`infra/docs/contracts/ecc.md`, *Order*).

mod effect;
mod filter;
mod lifecycle;
mod number;
mod status;

use time::OffsetDateTime;

pub use effect::{Effect, SubscriptionEffect};
pub use filter::OrderFilter;
pub use lifecycle::Decision;
pub use number::{OrderNumber, ParseOrderNumberError};
pub use status::{Event, OrderStatus, ParseStatusError, TransitionError, read_status, transition};

use crate::{
    batch::BatchId,
    identity::Tenant,
    numbering::{Iccid, Imsi, Msisdn},
    order::{Intervention, StatusChange},
    subscription::{Change, Subscription, SubscriptionId},
};

/// What an order does to its subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Brings it into being.
    Create,
    /// Changes it.
    Change(Box<Change>),
    /// Ends it; the SIM becomes void.
    Delete,
    /// Brings its subscriber in the network to what the subscription is, from whatever is there. The
    /// subscription stays as it is.
    Restore,
    /// Takes the subscriber of a SIM that is in no subscription out of the network. While it is
    /// outstanding, it claims the SIM as a creation does; the SIM is free afterwards.
    Withdraw,
}

impl Operation {
    /// The word on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Change(_) => "CHANGE",
            Self::Delete => "DELETE",
            Self::Restore => "RESTORE",
            Self::Withdraw => "WITHDRAW",
        }
    }

    /// Every word on the wire.
    pub const WORDS: [&'static str; 5] = ["CREATE", "CHANGE", "DELETE", "RESTORE", "WITHDRAW"];

    /// Whether the item of the subscription is made for the order, and goes when it has no effect.
    pub const fn makes_subscription(&self) -> bool {
        matches!(self, Self::Create | Self::Withdraw)
    }

    /// Whether the order begins with whatever the network holds: it repairs.
    pub const fn is_repair(&self) -> bool {
        matches!(self, Self::Restore | Self::Withdraw)
    }
}

/// Which request of which batch something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchOrigin {
    /// The batch.
    pub id: BatchId,
    /// The request's place in it, from 0.
    pub index: u8,
    /// The caller's name for the request.
    pub requestid: Option<String>,
}

/// A provisioning order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisioningOrder {
    /// Its number, unique for ever.
    pub id: OrderNumber,
    /// Who placed it.
    pub tenant: Tenant,
    /// The subscription it changes and locks.
    pub subscription: SubscriptionId,
    /// The change.
    pub operation: Operation,
    /// The SIM when the order was placed.
    pub iccid: Iccid,
    /// The number when the order was placed.
    pub msisdn: Option<Msisdn>,
    /// The identity in the SIM when the order was placed.
    pub imsi: Option<Imsi>,
    /// Where it stands.
    pub status: OrderStatus,
    /// When it was placed.
    pub order_date: OffsetDateTime,
    /// What has happened to it, oldest first; the placing itself is `order_date`.
    pub history: Vec<StatusChange<OrderStatus>>,
    /// Set while it waits for a person.
    pub needs_intervention: Option<Intervention>,
    /// Follows the request through logs, messages and outgoing calls.
    pub correlation_id: String,
    /// The request of a batch that placed it, if one did.
    pub batch: Option<BatchOrigin>,
    /// How often a worker has taken it; the network may have been called each time.
    pub attempts: u32,
    /// Rises by one on each write.
    pub revision: u64,
}

impl ProvisioningOrder {
    /// An order just placed on a subscription.
    pub fn placed(
        id: OrderNumber,
        on: &Subscription,
        operation: Operation,
        at: OffsetDateTime,
        correlation_id: String,
    ) -> Self {
        Self {
            id,
            tenant: on.tenant.clone(),
            subscription: on.id,
            operation,
            iccid: on.iccid.clone(),
            msisdn: on.msisdn.clone(),
            imsi: on.imsi.clone(),
            status: OrderStatus::Provisioning,
            order_date: at,
            history: Vec::new(),
            needs_intervention: None,
            correlation_id,
            batch: None,
            attempts: 0,
            revision: 1,
        }
    }

    /// When it ended, if it has.
    pub fn completion_date(&self) -> Option<OffsetDateTime> {
        self.history.iter().rev().find(|change| change.status.is_final()).map(|change| change.at)
    }

    /// Why it was CANCELED, if it was.
    pub fn reason(&self) -> Option<&str> {
        self.history.last().and_then(|change| change.reason.as_deref())
    }
}
