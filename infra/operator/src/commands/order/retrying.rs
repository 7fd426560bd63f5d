//! `order list --retrying`: orders whose last attempt failed.

use std::io::{self, Write};

use futures::future::try_join_all;
use serde::Serialize;
use store::{DynamoWatchdog, OpenOrder};

use super::{Failed, list::OrderFilter};
use crate::{
    context::Context,
    error::CommandError,
    output::{Report, printable},
};

#[derive(Debug, Serialize)]
pub(super) struct Retrying {
    orders: Vec<Line>,
    /// There may be more than these.
    more: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    id: String,
    kind: &'static str,
    status: String,
    attempts: u32,
    correlation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    last_failure: Failed,
}

impl Line {
    fn of(order: OpenOrder) -> Option<Self> {
        Some(Self {
            last_failure: Failed::of(order.failed.as_ref()?),
            kind: order.kind.as_str(),
            tenant: order.tenant.map(String::from),
            id: order.id,
            status: order.status,
            attempts: order.attempts,
            correlation_id: order.correlation_id,
        })
    }
}

impl Report for Retrying {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.orders.is_empty() {
            return writeln!(out, "no orders");
        }
        writeln!(out, "ORDER\tKIND\tSTATUS\tATTEMPTS\tFAILED\tNEXT ATTEMPT\tWHY")?;
        for Line { id, kind, status, attempts, last_failure, .. } in &self.orders {
            let Failed { at, why, next_attempt } = last_failure;
            let (next, why) = (next_attempt.as_deref().unwrap_or("-"), printable(why));
            writeln!(out, "{id}\t{kind}\t{status}\t{attempts}\t{at}\t{next}\t{why}")?;
        }
        if self.more {
            writeln!(out, "There may be more.")?;
        }
        Ok(())
    }
}

pub(super) async fn list(context: &Context, only: &OrderFilter) -> Result<Retrying, CommandError> {
    let watchdog = DynamoWatchdog::new(context.table()?);
    let shards = (0..DynamoWatchdog::SHARDS).map(|shard| watchdog.retrying(shard));
    let (orders, more): (Vec<_>, Vec<bool>) = try_join_all(shards).await?.into_iter().unzip();
    let orders = orders.into_iter().flatten().filter(|order| only.lets_pass(order));
    let mut orders: Vec<OpenOrder> = orders.collect();
    orders.sort_by_key(|order| (order.failed.as_ref().map(|failed| failed.at), order.id.clone()));
    let orders = orders.into_iter().filter_map(Line::of).collect();
    Ok(Retrying { orders, more: more.contains(&true) })
}
