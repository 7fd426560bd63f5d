use std::io::{self, Write};

use clap::Args;
use futures::future::try_join_all;
use serde::Serialize;
use store::{DynamoWatchdog, OpenOrder};

use super::Waiting;
use crate::{
    context::Context,
    error::CommandError,
    output::{Report, printable},
};

/// The store gives this many orders of a shard at most.
const SHARD_LIMIT: usize = 100;

/// Which orders to list.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ListOrders {
    /// Orders that wait for a person
    #[arg(long)]
    pub needs_intervention: bool,
    /// Orders whose last attempt failed and that are tried again, with the reason
    #[arg(long)]
    pub retrying: bool,
    /// Orders to which nothing has happened in time; the sweeper drives them again each minute
    #[arg(long)]
    pub overdue: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Orders {
    orders: Vec<OrderLine>,
    /// There are more than these.
    more: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderLine {
    id: String,
    kind: &'static str,
    status: String,
    attempts: u32,
    revision: u64,
    correlation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_intervention: Option<Waiting>,
}

impl From<OpenOrder> for OrderLine {
    fn from(order: OpenOrder) -> Self {
        Self {
            kind: order.kind.as_str(),
            needs_intervention: order.needs_intervention.as_ref().map(Waiting::of),
            id: order.id,
            status: order.status,
            attempts: order.attempts,
            revision: order.revision,
            correlation_id: order.correlation_id,
        }
    }
}

impl Report for Orders {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.orders.is_empty() {
            return writeln!(out, "no orders");
        }
        writeln!(out, "ORDER\tKIND\tSTATUS\tATTEMPTS\tWAITING SINCE\tWHY")?;
        for order in &self.orders {
            let OrderLine { id, kind, status, attempts, .. } = order;
            let (since, why) = match &order.needs_intervention {
                Some(Waiting { since, why }) => (since.as_str(), printable(why)),
                None => ("-", "-".to_owned()),
            };
            writeln!(out, "{id}\t{kind}\t{status}\t{attempts}\t{since}\t{why}")?;
        }
        if self.more {
            writeln!(out, "There are more: these are the first {SHARD_LIMIT} of each shard.")?;
        }
        Ok(())
    }
}

pub(super) async fn list(context: &Context, which: &ListOrders) -> Result<Orders, CommandError> {
    let watchdog = DynamoWatchdog::new(context.table()?);
    let (watchdog, now) = (&watchdog, context.now());
    let shards = try_join_all((0..DynamoWatchdog::SHARDS).map(|shard| async move {
        match which.needs_intervention {
            true => watchdog.needing_intervention(shard, now).await,
            false => watchdog.overdue(shard, now).await,
        }
    }))
    .await?;
    let more = shards.iter().any(|shard| shard.len() >= SHARD_LIMIT);
    let mut orders: Vec<OpenOrder> = shards.into_iter().flatten().collect();
    orders.sort_by(|one, other| age(one).cmp(&age(other)));
    Ok(Orders { orders: orders.into_iter().map(OrderLine::from).collect(), more })
}

/// By how long it waits for a person, then by its id, which rises with time: a shorter number is
/// a smaller one.
fn age(order: &OpenOrder) -> (Option<time::OffsetDateTime>, usize, &str) {
    let since = order.needs_intervention.as_ref().map(|waiting| waiting.since);
    (since, order.id.len(), &order.id)
}
