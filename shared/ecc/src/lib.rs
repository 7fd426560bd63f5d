//! The ECC API: parsing requests, and the services behind its functions.
//!
//! [`SubscriptionOrders`] executes commands, for the calls of the API and for the requests of a
//! batch alike; [`ProvisioningOrders`] reads, lists and cancels what they placed; [`Batches`] takes
//! whole batches. They know no HTTP: requests become commands, and errors become problems, in
//! [`http`].

pub mod batch;
mod batches;
mod callers;
mod error;
pub mod events;
pub mod http;
mod problem;
mod provisioning_orders;
pub mod read;
mod subscription_orders;

use domain::{
    provisioning::OrderNumber,
    subscription::{ChangeRequest, NewSubscription, SubscriptionRef},
};
use serde::Serialize;

pub use api::identity::Callers;
pub use batches::{BatchContext, Batches};
pub use callers::authenticator;
pub use error::PlaceOrderError;
pub use problem::{EccProblem, EccProblemBody};
pub use provisioning_orders::ProvisioningOrders;
pub use subscription_orders::{CommandContext, CommandOutcome, SubscriptionOrders};

/// A change that a caller requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A SIM, and perhaps a number, become a subscription.
    Create(NewSubscription),
    /// A subscription changes.
    Change(SubscriptionRef, ChangeRequest),
    /// A subscription ends.
    Delete(SubscriptionRef),
}

/// A change was accepted: the order that carries it out.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// The order's number, an integer below 2^53.
    order_id: u64,
    /// The same, as a list.
    orders: [u64; 1],
}

impl OrderPlaced {
    /// Of this order.
    pub const fn new(order: OrderNumber) -> Self {
        Self { order_id: order.get(), orders: [order.get()] }
    }
}

#[cfg(feature = "openapi")]
impl api::openapi::Example for OrderPlaced {
    fn example() -> serde_json::Value {
        serde_json::json!(Self { order_id: 20144, orders: [20144] })
    }
}
