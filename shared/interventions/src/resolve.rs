mod carrier;
mod esim;

use std::fmt;

use domain::{
    esim::EsimOrderId,
    order::Lifecycle,
    provisioning::{Decision, Event, OrderNumber, OrderStatus, ProvisioningOrder},
    text::printable,
};
use serde::Serialize;
use store::{Authority, Committed, DynamoOrders, DynamoWork};
use time::OffsetDateTime;

use crate::{Interventions, ResolveError};

/// How an order is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The network has done it: the change is applied.
    Completed,
    /// It had no effect: what it claimed is free again.
    Canceled,
}

impl Resolution {
    const fn event(self) -> Event {
        match self {
            Self::Completed => Event::Done,
            Self::Canceled => Event::Refused,
        }
    }

    const fn status(self) -> OrderStatus {
        match self {
            Self::Completed => OrderStatus::Completed,
            Self::Canceled => OrderStatus::Canceled,
        }
    }
}

/// An order to end, and how.
#[derive(Debug, Clone)]
pub struct ResolveRequest {
    /// The order.
    pub id: String,
    /// How it ends.
    pub resolution: Resolution,
    /// Why, in words that the order's client may read.
    pub reason: String,
    /// Who decides; stands in the order's history.
    pub by: String,
}

/// The id of an order, of whatever kind.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum ResolvedId {
    /// Of an ECC order.
    Number(OrderNumber),
    /// Of an eSIM order.
    Esim(EsimOrderId),
    /// Of a carrier order.
    Carrier(String),
}

impl fmt::Display for ResolvedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(id) => id.fmt(f),
            Self::Esim(id) => id.fmt(f),
            Self::Carrier(id) => id.fmt(f),
        }
    }
}

/// An order that has ended.
#[derive(Debug, Serialize)]
pub struct Resolved {
    /// The order.
    pub id: ResolvedId,
    /// How it ended.
    pub status: &'static str,
    /// False: it had ended so before.
    pub changed: bool,
    /// Who decided.
    pub by: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Interventions {
    /// Ends an order whose effect is known by other means.
    ///
    /// Repeatable: an order that has ended as asked is returned as it is. Dies before the
    /// transaction: nothing happened. Dies after it: the order has ended, and the stream carries
    /// that on.
    ///
    /// # Errors
    /// Why it was not ended.
    pub async fn resolve(
        &self,
        asked: ResolveRequest,
        now: OffsetDateTime,
    ) -> Result<Resolved, ResolveError> {
        let missing = || ResolveError::NoOrder(printable(&asked.id));
        if asked.id.starts_with("ORD-") {
            let id = asked.id.parse().map_err(|_| missing())?;
            return self.resolve_carrier(id, asked, now).await;
        }
        if let Ok(id) = asked.id.parse() {
            return self.resolve_esim(id, asked, now).await;
        }
        let id: OrderNumber = asked.id.parse().map_err(|_| missing())?;
        let orders = DynamoOrders::new(self.table.clone());
        let order = orders.get(id).await?.ok_or_else(missing)?;
        let (event, by, reason) = (asked.resolution.event(), asked.by, Some(asked.reason));
        let decision = Decision { event, reason: reason.clone(), by: by.clone() };
        let Ok(applied) = order.apply(decision, now) else {
            return ended_before(&order, asked.resolution);
        };
        let work = DynamoWork::new(self.table.clone(), self.watchdog);
        match work.commit(&applied, Authority::Operator, &()).await? {
            Committed::Done(order) => {
                let (id, status) = (ResolvedId::Number(id), order.status.as_str());
                Ok(Resolved { id, status, changed: true, by, reason })
            }
            Committed::Superseded => {
                let now = orders.get(id).await?.ok_or(ResolveError::OrderChanged(id))?;
                overtaken(&order, &now, asked.resolution)
            }
        }
    }
}

/// Why the order could not be ended: by what it was when read, and what it is now.
fn overtaken(
    read: &ProvisioningOrder,
    now: &ProvisioningOrder,
    asked: Resolution,
) -> Result<Resolved, ResolveError> {
    if now.status.is_final() {
        return ended_before(now, asked);
    }
    if now.revision == read.revision {
        // Of the three things the write asks for only the lease is left.
        return Err(ResolveError::OrderHeld(now.id));
    }
    Err(ResolveError::OrderChanged(now.id))
}

/// Ended as is asked: done, whoever did it. Otherwise the order is what it is.
fn ended_before(order: &ProvisioningOrder, asked: Resolution) -> Result<Resolved, ResolveError> {
    let (id, status) = (order.id, order.status);
    if status != asked.status() {
        return Err(ResolveError::OrderEnded { id, status, at: order.completion_date() });
    }
    let last = order.history.last();
    let by = last.and_then(|change| change.by.clone()).unwrap_or_default();
    let reason = last.and_then(|change| change.reason.clone());
    let (id, status) = (ResolvedId::Number(id), status.as_str());
    Ok(Resolved { id, status, changed: false, by, reason })
}
