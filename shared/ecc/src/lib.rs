//! Changing ECC subscriptions: reading what a caller asks for, and placing the order that it
//! needs. For the calls of the API and for the requests of a batch alike.

pub mod batch;
mod desk;
mod problem;
pub mod read;

use domain::{
    provisioning::OrderNumber,
    subscription::{ChangeRequest, NewSubscription, SubscriptionRef},
};
use serde::Serialize;

pub use desk::{Asked, Carried, OrderDesk};
#[cfg(feature = "openapi")]
pub use problem::EccProblem;
pub use problem::EccProblemBody;

/// What a caller asks for.
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
