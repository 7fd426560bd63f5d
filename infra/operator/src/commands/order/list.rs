use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use clap::Args;
use domain::{identity::Tenant, webhook::STATES};
use futures::future::try_join_all;
use serde::Serialize;
use store::{DynamoWatchdog, OpenOrder, StoreError};
use time::{Duration, OffsetDateTime};

use super::Waiting;
use crate::{
    context::Context,
    error::CommandError,
    output::{Report, printable},
};

/// So many orders of a shard are listed at most.
const SHARD_LIMIT: usize = 100;
/// So many pages of a shard are looked through for them at most.
const PAGES: usize = 50;
/// No order is due later than this.
const HORIZON: Duration = Duration::days(3_650);

/// Which orders to list.
#[derive(Debug, Args)]
pub struct ListOrders {
    /// What is to be said of them.
    #[command(flatten)]
    pub which: WhichOrders,
    /// Which of these.
    #[command(flatten)]
    pub only: OrderFilter,
}

/// What is to be said of the orders: one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct WhichOrders {
    /// Orders that wait for a person
    #[arg(long)]
    pub needs_intervention: bool,
    /// Orders whose last attempt failed and that are tried again, with the reason
    #[arg(long)]
    pub retrying: bool,
    /// Orders to which nothing has happened in time; the sweeper drives them again each minute
    #[arg(long)]
    pub overdue: bool,
    /// All orders on which something is due, now or later; not those that need intervention
    #[arg(long)]
    pub open: bool,
}

/// Leaves orders out.
#[derive(Debug, Args)]
pub struct OrderFilter {
    /// Only those that this tenant placed
    #[arg(long)]
    pub tenant: Option<Tenant>,
    /// Only those in this status, PROVISIONING for example
    #[arg(long, value_parser = status)]
    pub status: Option<String>,
}

/// A status that an order of some kind can have, in either case. With any other word, no order
/// would look like an order that does not exist.
fn status(text: &str) -> Result<String, String> {
    let mut known = BTreeSet::new();
    known.extend(STATES.iter().map(|(_, status, _)| *status));
    let found = known.iter().find(|status| status.eq_ignore_ascii_case(text));
    found.map(|status| (*status).to_owned()).ok_or_else(|| {
        format!("no status of an order: use {}", Vec::from_iter(known.iter().copied()).join(", "))
    })
}

impl OrderFilter {
    pub(super) fn lets_pass(&self, order: &OpenOrder) -> bool {
        let is_in = |status: &String| order.status == *status;
        self.tenant.as_ref().is_none_or(|tenant| order.tenant.as_ref() == Some(tenant))
            && self.status.as_ref().is_none_or(is_in)
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Orders {
    orders: Vec<OrderLine>,
    /// There may be more than these.
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
    tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_intervention: Option<Waiting>,
}

impl From<OpenOrder> for OrderLine {
    fn from(order: OpenOrder) -> Self {
        Self {
            kind: order.kind.as_str(),
            needs_intervention: order.needs_intervention.as_ref().map(Waiting::of),
            tenant: order.tenant.map(String::from),
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
            writeln!(out, "There may be more: these are the first {SHARD_LIMIT} of each shard.")?;
        }
        Ok(())
    }
}

pub(super) async fn list(context: &Context, list: &ListOrders) -> Result<Orders, CommandError> {
    let watchdog = DynamoWatchdog::new(context.table()?);
    let now = context.now();
    let shards = (0..DynamoWatchdog::SHARDS).map(|shard| of_shard(&watchdog, shard, list, now));
    let (orders, more): (Vec<_>, Vec<bool>) = try_join_all(shards).await?.into_iter().unzip();
    let mut orders: Vec<OpenOrder> = orders.into_iter().flatten().collect();
    orders.sort_by(|one, other| age(one).cmp(&age(other)));
    let orders = orders.into_iter().map(OrderLine::from).collect();
    Ok(Orders { orders, more: more.contains(&true) })
}

/// The first orders of a shard, and whether there may be more.
async fn of_shard(
    watchdog: &DynamoWatchdog,
    shard: u8,
    ListOrders { which, only }: &ListOrders,
    now: OffsetDateTime,
) -> Result<(Vec<OpenOrder>, bool), StoreError> {
    let (mut found, mut start) = (Vec::new(), None);
    let until = if which.open { now + HORIZON } else { now };
    for _ in 0..PAGES {
        let page = match which.needs_intervention {
            true => watchdog.needing_intervention_from(shard, now, SHARD_LIMIT, start).await?,
            false => watchdog.overdue_from(shard, until, SHARD_LIMIT, start).await?,
        };
        found.extend(page.orders.into_iter().filter(|order| only.lets_pass(order)));
        start = page.next;
        if start.is_none() || found.len() >= SHARD_LIMIT {
            break;
        }
    }
    let more = start.is_some() || found.len() > SHARD_LIMIT;
    found.truncate(SHARD_LIMIT);
    Ok((found, more))
}

/// By how long it waits for a person, then by its id, which rises with time: a shorter number is
/// a smaller one.
fn age(order: &OpenOrder) -> (Option<OffsetDateTime>, usize, &str) {
    let since = order.needs_intervention.as_ref().map(|waiting| waiting.since);
    (since, order.id.len(), &order.id)
}
