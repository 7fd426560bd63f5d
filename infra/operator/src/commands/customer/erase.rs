//! `customer erase`: what the table says of a person goes, what accounting needs stays.

use std::io::{self, Write};

use clap::Args;
use domain::{
    clock::rfc3339,
    esim::{Customer, CustomerId, Email, EsimOrder, EsimOrderId},
    identity::Tenant,
    order::OrderKind,
};
use futures::future::try_join_all;
use serde::Serialize;
use store::{
    CustomerErasure, DueOrders, DuePosition, DynamoCustomers, DynamoEsimOrders, DynamoWatchdog,
    ErasingCustomer, OpenOrder, StoreError,
};
use time::{Duration, OffsetDateTime};

use crate::{
    context::Context,
    error::CommandError,
    output::{Report, counted, listed},
};

/// A call that has read the customer before it was marked has ended by then, and the index shows
/// what it placed: functions of the API have ten seconds.
const CALLS_END: Duration = Duration::seconds(30);
/// Orders of a page.
const PAGE: usize = 100;
/// No order is due later than this.
const HORIZON: Duration = Duration::days(3_650);
/// How often an order that changes meanwhile is read again: its end is published once.
const ATTEMPTS: usize = 8;

/// What is left of calls and orders, and when it ends by itself.
const ENDS: [Ending; 4] = [
    Ending { what: "images of the items in the table's stream", within: "24 hours" },
    Ending { what: "responses under idempotency keys (an order's id)", within: "24 hours" },
    Ending { what: "deliveries to webhooks (an order's id and status)", within: "30 days" },
    Ending { what: "the table as it was, in its point-in-time recovery", within: "35 days" },
];

/// Whom to erase.
#[derive(Debug, Args)]
pub struct EraseCustomer {
    /// Its e-mail address
    pub email: Email,
    /// Whose customer it is
    #[arg(long)]
    pub tenant: Tenant,
    /// Do not wait half a minute for calls under way, and say when to run it again
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Erased {
    /// None: the tenant has no such customer, or has none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    erased: bool,
    /// The orders that stay, without the customer.
    orders: Vec<String>,
    /// The eSIMs that stay.
    esims: Vec<String>,
    ends_by_itself: [Ending; 4],
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Ending {
    what: &'static str,
    within: &'static str,
}

impl Report for Erased {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(id) = &self.id else {
            let text =
                "the tenant has no customer with this e-mail address: nothing is left to erase";
            return writeln!(out, "{text}");
        };
        writeln!(out, "erased\tcustomer {id}: address, names, language, country of residence")?;
        let orders = counted(self.orders.len(), "order");
        writeln!(
            out,
            "erased\tin {orders}: customer, device, what was sent: {}",
            listed(&self.orders)
        )?;
        writeln!(out, "stays\ttheir ids, products, prices, dates, country, ICCID, history")?;
        let esims = counted(self.esims.len(), "eSIM");
        writeln!(out, "stays\t{esims}: {}", listed(&self.esims))?;
        for Ending { what, within } in self.ends_by_itself {
            writeln!(out, "ends\twithin {within}: {what}")?;
        }
        writeln!(out, "not here\twhat SM-DP+, network and the tenant itself have stored")?;
        writeln!(out, "not here\tservice orders that name the customer: their client deletes them")
    }
}

/// Erases a customer, from the start each time: what is done already is found done.
///
/// Dies before the mark: nothing has changed. After it: no order is placed for the customer until
/// the command is run again (`customer show` says so). Between two orders: those that are written
/// are found erased. Before the deletion: as between two orders. After it: the next run finds no
/// customer.
pub(super) async fn erase(
    context: &Context,
    EraseCustomer { email, tenant, no_wait }: EraseCustomer,
) -> Result<Erased, CommandError> {
    let table = context.table()?;
    let known = DynamoCustomers::new(table.clone()).find(&tenant, &email).await?;
    let nothing = Erased {
        id: None,
        erased: false,
        orders: Vec::new(),
        esims: Vec::new(),
        ends_by_itself: ENDS,
    };
    let Some(known) = known else { return Ok(nothing) };
    let erasure = CustomerErasure::new(table);
    // Most refusals are seen before the customer is marked, by this run or by one that died.
    if known.erasing_since.is_none() {
        refuse_while_under_way(context, &tenant, known.customer.id).await?;
    }
    let Some(erasing) = erasure.begin(&tenant, &email, context.now()).await? else {
        return Ok(nothing);
    };
    wait_for_calls(context, &erasing, no_wait).await?;
    let customer = erasing.customer.id;
    if let Err(error) = refuse_while_under_way(context, &tenant, customer).await {
        erasure.abandon(&erasing).await?;
        return Err(error);
    }
    let orders = erase_orders(&erasure, &erasing.customer).await?;
    if !erasure.finish(&erasing).await? {
        return Err(CommandError::CustomerChanged);
    }
    Ok(Erased {
        id: Some(customer.0.to_string()),
        erased: true,
        orders,
        esims: known.esims.iter().map(|esim| esim.iccid.to_string()).collect(),
        ..nothing
    })
}

/// A call that read the customer before the mark may place an order until it ends.
async fn wait_for_calls(
    context: &Context,
    erasing: &ErasingCustomer,
    no_wait: bool,
) -> Result<(), CommandError> {
    let ended = erasing.since + CALLS_END;
    let left = ended - context.now();
    if !left.is_positive() {
        return Ok(());
    }
    if no_wait {
        return Err(CommandError::CallsUnderWay(rfc3339(ended)));
    }
    tokio::time::sleep(left.unsigned_abs()).await;
    Ok(())
}

/// All orders of the customer, each without it: again, until one look finds nothing to do, because
/// the list of orders is an index, which is behind.
async fn erase_orders(
    erasure: &CustomerErasure,
    customer: &Customer,
) -> Result<Vec<String>, CommandError> {
    for _ in 0..ATTEMPTS {
        let orders = erasure.ended_orders(customer).await?;
        let left: Vec<&EsimOrder> = orders.iter().filter(|order| !order.is_erased()).collect();
        if left.is_empty() {
            return Ok(orders.iter().map(|order| order.id.to_string()).collect());
        }
        for order in left {
            erasure.erase_order(order).await?;
        }
    }
    Err(CommandError::CustomerChanged)
}

/// Whoever waits for an eSIM or a top-up is still a customer.
async fn refuse_while_under_way(
    context: &Context,
    tenant: &Tenant,
    customer: CustomerId,
) -> Result<(), CommandError> {
    let watchdog = DynamoWatchdog::new(context.table()?);
    let orders = DynamoEsimOrders::new(context.table()?);
    let until = context.now() + HORIZON;
    let shards = (0..DynamoWatchdog::SHARDS).map(|shard| of_shard(&watchdog, shard, tenant, until));
    let mut under_way = Vec::new();
    for order in try_join_all(shards).await?.into_iter().flatten() {
        let Ok(id) = order.id.parse::<EsimOrderId>() else { continue };
        let order = orders.get(id).await?;
        let of_customer = order.filter(|order| order.customer == customer);
        under_way.extend(
            of_customer.filter(|order| !order.status.is_final()).map(|order| order.id.to_string()),
        );
    }
    match under_way.is_empty() {
        true => Ok(()),
        false => Err(CommandError::CustomerHasOrders(listed(under_way))),
    }
}

/// The tenant's eSIM orders of a shard on which something is due, or that need intervention: all
/// that have not ended.
async fn of_shard(
    watchdog: &DynamoWatchdog,
    shard: u8,
    tenant: &Tenant,
    until: OffsetDateTime,
) -> Result<Vec<OpenOrder>, CommandError> {
    let mut found = Vec::new();
    for marked in [false, true] {
        let mut start = None;
        loop {
            let page = page(watchdog, shard, marked, until, start).await?;
            if page.unreadable > 0 {
                return Err(CommandError::OrdersUnreadable(page.unreadable));
            }
            found.extend(page.orders.into_iter().filter(|order| {
                order.kind == OrderKind::Esim && order.tenant.as_ref() == Some(tenant)
            }));
            start = page.next;
            if start.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

async fn page(
    watchdog: &DynamoWatchdog,
    shard: u8,
    marked: bool,
    until: OffsetDateTime,
    start: Option<DuePosition>,
) -> Result<DueOrders, StoreError> {
    match marked {
        true => watchdog.needing_intervention_from(shard, until, PAGE, start).await,
        false => watchdog.overdue_from(shard, until, PAGE, start).await,
    }
}
