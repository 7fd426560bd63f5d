//! Values that conditions compare stored attributes with.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    esim::EsimOrderId, lease::Fence, provisioning::OrderNumber, subscription::SubscriptionId,
};
use time::OffsetDateTime;

use crate::{
    expression::{number, text},
    records::to_millis,
};

/// A typed value of a condition, encoded as the records encode the attribute it is compared with.
pub(super) trait Operand {
    /// The value as DynamoDB compares it.
    fn attribute(&self) -> AttributeValue;
}

impl Operand for &str {
    fn attribute(&self) -> AttributeValue {
        text(*self)
    }
}

impl Operand for u8 {
    fn attribute(&self) -> AttributeValue {
        number(*self)
    }
}

impl Operand for u32 {
    fn attribute(&self) -> AttributeValue {
        number(*self)
    }
}

impl Operand for u64 {
    fn attribute(&self) -> AttributeValue {
        number(*self)
    }
}

impl Operand for Fence {
    fn attribute(&self) -> AttributeValue {
        number(self.0)
    }
}

/// A timestamp as read from an item, in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Millis(pub(crate) i64);

impl Operand for Millis {
    fn attribute(&self) -> AttributeValue {
        number(self.0)
    }
}

/// Milliseconds since 1970, as all timestamps but those of TTL.
impl Operand for OffsetDateTime {
    fn attribute(&self) -> AttributeValue {
        number(to_millis(*self))
    }
}

/// A timestamp in seconds since 1970: the unit of TTL, and so of `expiresAt`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EpochSeconds(i64);

impl From<OffsetDateTime> for EpochSeconds {
    fn from(at: OffsetDateTime) -> Self {
        Self(at.unix_timestamp())
    }
}

impl EpochSeconds {
    pub(crate) const fn get(self) -> i64 {
        self.0
    }
}

impl Operand for EpochSeconds {
    fn attribute(&self) -> AttributeValue {
        number(self.0)
    }
}

impl Operand for SubscriptionId {
    fn attribute(&self) -> AttributeValue {
        text(self.0.to_string())
    }
}

impl Operand for EsimOrderId {
    fn attribute(&self) -> AttributeValue {
        text(self.to_string())
    }
}

/// The order that holds a lock: `outstandingOrder` of a subscription or of an eSIM.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LockOwner {
    /// A provisioning order, on its subscription.
    Provisioning(OrderNumber),
    /// A top-up, on its eSIM.
    Esim(EsimOrderId),
}

impl Operand for LockOwner {
    fn attribute(&self) -> AttributeValue {
        match self {
            Self::Provisioning(order) => number(order.get()),
            Self::Esim(order) => order.attribute(),
        }
    }
}
