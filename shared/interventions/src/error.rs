use domain::{
    carrier::{self, OrderId},
    clock::rfc3339,
    esim::{EsimOrderId, EsimOrderStatus},
    provisioning::{OrderNumber, OrderStatus},
};
use store::StoreError;
use thiserror::Error;
use time::OffsetDateTime;

/// Why an order was not resolved.
#[derive(Debug, Error)]
pub enum ResolveError {
    /// No such order.
    #[error("there is no order {0}")]
    NoOrder(String),
    /// Orders of Sellers here end by calls of the parties or by their worker.
    #[error(
        "order {0} is a carrier order of a Seller here, which ends it by a notification; or redrive it"
    )]
    NotResolvable(OrderId),
    /// It has ended, and otherwise than is asked.
    #[error("order {0} has ended as {1}: it cannot be resolved any more")]
    CarrierOrderEnded(OrderId, carrier::OrderStatus),
    /// A worker has it, or it moved on.
    #[error("order {0} is being forwarded, or has just changed: look at it again")]
    CarrierOrderBusy(OrderId),
    /// It has ended, and otherwise than is asked.
    #[error("order {id} has ended as {status}{}: it cannot be resolved any more", on(.at))]
    OrderEnded {
        /// The order.
        id: OrderNumber,
        /// How it ended.
        status: OrderStatus,
        /// When.
        at: Option<OffsetDateTime>,
    },
    /// It has ended, and otherwise than is asked.
    #[error("order {0} has ended as {1}: it cannot be resolved any more")]
    EsimOrderEnded(EsimOrderId, EsimOrderStatus),
    /// Nothing a device could download.
    #[error("order {0} has no released profile: it cannot be COMPLETED, only CANCELED")]
    NotReleased(EsimOrderId),
    /// A worker has it, or it moved on.
    #[error("order {0} is being carried out, or has just changed: look at it again")]
    EsimOrderBusy(EsimOrderId),
    /// A worker has its lease.
    #[error("order {0} is being carried out by a worker: try again when its lease is over")]
    OrderHeld(OrderNumber),
    /// It moved on while the call ran.
    #[error("order {0} changed at the same moment: look at it again before you decide")]
    OrderChanged(OrderNumber),
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an order was not driven again.
#[derive(Debug, Error)]
pub enum RetryError {
    /// No such order.
    #[error("there is no order {0}")]
    NoOrder(String),
    /// It is under way, waits for a time, or has ended.
    #[error("order {0} does not need intervention: nothing was sent")]
    NotNeeded(String),
    /// Its work queue did not take the message, or its kind has none.
    #[error("the work queue did not take the message of order {0}: try again")]
    NotTaken(String),
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn on(at: &Option<OffsetDateTime>) -> String {
    at.map(|at| format!(" at {}", rfc3339(at))).unwrap_or_default()
}
