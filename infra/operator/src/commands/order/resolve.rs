mod carrier;
mod esim;

use std::{
    fmt,
    io::{self, Write},
};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use domain::{
    esim::EsimOrderId,
    order::Lifecycle,
    provisioning::{Decision, Event, OrderNumber, OrderStatus, ProvisioningOrder},
};
use serde::Serialize;
use store::{Authority, Committed, DynamoOrders, DynamoWork};

use crate::{
    context::Context,
    error::CommandError,
    input::order_id,
    output::{Report, printable},
};

/// How an order is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Resolution {
    /// The network has done it: the change is applied.
    #[value(name = "COMPLETED")]
    Completed,
    /// It had no effect: what it claimed is free again.
    #[value(name = "CANCELED")]
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
#[derive(Debug, Args)]
pub struct ResolveOrder {
    /// The order
    #[arg(value_parser = order_id)]
    pub id: String,
    /// COMPLETED: the network or the Seller has done it; CANCELED: it had no effect
    #[arg(long = "as", value_enum, ignore_case = true, value_name = "COMPLETED|CANCELED")]
    pub resolution: Resolution,
    /// Why, in words the caller of the order may read
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub reason: String,
    /// Who decides; stands in the order's history
    #[arg(long, env = "USER", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub by: String,
}

/// The id of an order, of whatever kind.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum ResolvedId {
    Number(OrderNumber),
    Esim(EsimOrderId),
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

#[derive(Debug, Serialize)]
pub(super) struct Resolved {
    id: ResolvedId,
    status: &'static str,
    /// False: it had ended so before.
    changed: bool,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Report for Resolved {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { id, status, by, .. } = self;
        match self.changed {
            true => writeln!(out, "order {id} is {status}"),
            false => {
                let by = printable(by);
                writeln!(out, "order {id} was {status} already, by {by}: nothing was changed")
            }
        }
    }
}

pub(super) async fn resolve(
    context: &Context,
    asked: ResolveOrder,
) -> Result<Resolved, CommandError> {
    let missing = || CommandError::NoOrder(printable(&asked.id));
    if asked.id.starts_with("ORD-") {
        let id = asked.id.parse().map_err(|_| missing())?;
        return carrier::resolve(context, id, asked).await;
    }
    if let Ok(id) = asked.id.parse() {
        return esim::resolve(context, id, asked).await;
    }
    let id: OrderNumber = asked.id.parse().map_err(|_| missing())?;
    let table = context.table()?;
    let orders = DynamoOrders::new(table.clone());
    let order = orders.get(id).await?.ok_or_else(missing)?;
    let (event, by, reason) = (asked.resolution.event(), asked.by, Some(asked.reason));
    let decision = Decision { event, reason: reason.clone(), by: by.clone() };
    let Ok(applied) = order.apply(decision, context.now()) else {
        return ended_before(&order, asked.resolution);
    };
    let work = DynamoWork::new(table, context.watchdog());
    match work.commit(&applied, Authority::Operator, &()).await? {
        Committed::Done(order) => {
            let (id, status) = (ResolvedId::Number(id), order.status.as_str());
            Ok(Resolved { id, status, changed: true, by, reason })
        }
        Committed::Superseded => {
            let now = orders.get(id).await?.ok_or(CommandError::OrderChanged(id))?;
            overtaken(&order, &now, asked.resolution)
        }
    }
}

/// Why the order could not be ended: by what it was when read, and what it is now.
fn overtaken(
    read: &ProvisioningOrder,
    now: &ProvisioningOrder,
    asked: Resolution,
) -> Result<Resolved, CommandError> {
    if now.status.is_final() {
        return ended_before(now, asked);
    }
    if now.revision == read.revision {
        // Of the three things the write asks for only the lease is left.
        return Err(CommandError::OrderHeld(now.id));
    }
    Err(CommandError::OrderChanged(now.id))
}

/// Ended as is asked: done, whoever did it. Otherwise the order is what it is.
fn ended_before(order: &ProvisioningOrder, asked: Resolution) -> Result<Resolved, CommandError> {
    let (id, status) = (order.id, order.status);
    if status != asked.status() {
        return Err(CommandError::OrderEnded { id, status, at: order.completion_date() });
    }
    let last = order.history.last();
    let by = last.and_then(|change| change.by.clone()).unwrap_or_default();
    let reason = last.and_then(|change| change.reason.clone());
    let (id, status) = (ResolvedId::Number(id), status.as_str());
    Ok(Resolved { id, status, changed: false, by, reason })
}
