use std::io::{self, Write};

use clap::Args;
use domain::{
    clock::rfc3339, esim::EsimOrderId, order::OrderKind, provisioning::OrderNumber,
    service_order::ServiceOrderId,
};
use interventions::waits_for;
use serde::Serialize;
use store::{
    DynamoCarrierOrders, DynamoEsimOrders, DynamoOrders, DynamoServiceOrders, DynamoWatchdog,
    OpenOrder, Table,
};
use time::OffsetDateTime;

use super::{
    Failed, Waiting, carrier::Carrier, esim::EsimDetails, provisioning::Provisioning,
    service::ServiceDetails,
};
use crate::{
    context::Context,
    error::CommandError,
    input::order_id,
    output::{Report, printable},
};

/// Which order to show.
#[derive(Debug, Args)]
pub struct ShowOrder {
    /// The order
    #[arg(value_parser = order_id)]
    pub id: String,
    /// Show personal data too: numbers, SIM, the values of the change, the Buyer's document
    #[arg(long)]
    pub personal: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    id: String,
    kind: &'static str,
    status: String,
    revision: u64,
    attempts: u32,
    correlation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_intervention: Option<Waiting>,
    /// The last attempt, if it came to nothing and the order has not gone on since.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<Failed>,
    /// What must happen before it goes on.
    waits_for: String,
    /// By when something must have happened to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    /// Until when a worker has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    leased_until: Option<String>,
    #[serde(flatten)]
    details: Option<Details>,
}

/// What an order of its kind has besides.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Details {
    Provisioning(Box<Provisioning>),
    Carrier(Box<Carrier>),
    Esim(Box<EsimDetails>),
    Service(Box<ServiceDetails>),
}

impl Details {
    async fn read(
        table: Table,
        kind: OrderKind,
        asked: &ShowOrder,
    ) -> Result<Option<Self>, CommandError> {
        let missing = || CommandError::NoOrder(printable(&asked.id));
        Ok(match kind {
            OrderKind::Ecc => {
                let number: OrderNumber = asked.id.parse().map_err(|_| missing())?;
                let order = DynamoOrders::new(table).get(number).await?;
                let details = order.map(|order| Provisioning::of(order, asked.personal));
                details.map(|details| Self::Provisioning(Box::new(details)))
            }
            OrderKind::Carrier => {
                let id = asked.id.parse().map_err(|_| missing())?;
                let order = DynamoCarrierOrders::new(table).get_whole(&id).await?;
                let details = order.map(|(order, document)| {
                    Carrier::of(order, asked.personal.then_some(&*document))
                });
                details.map(|details| Self::Carrier(Box::new(details)))
            }
            OrderKind::Esim => {
                let id: EsimOrderId = asked.id.parse().map_err(|_| missing())?;
                let order = DynamoEsimOrders::new(table).get(id).await?;
                let details = order.map(|order| EsimDetails::of(order, asked.personal));
                details.map(|details| Self::Esim(Box::new(details)))
            }
            OrderKind::Service => {
                let id: ServiceOrderId = asked.id.parse().map_err(|_| missing())?;
                let order = DynamoServiceOrders::new(table).get(id).await?;
                let details = order.map(|order| ServiceDetails::of(&order));
                details.map(|details| Self::Service(Box::new(details)))
            }
        })
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Provisioning(details) => details.write(out),
            Self::Carrier(details) => details.write(out),
            Self::Esim(details) => details.write(out),
            Self::Service(details) => details.write(out),
        }
    }
}

pub(super) async fn show(context: &Context, asked: &ShowOrder) -> Result<Shown, CommandError> {
    let table = context.table()?;
    let missing = || CommandError::NoOrder(printable(&asked.id));
    let header = DynamoWatchdog::new(table.clone()).get(&asked.id).await?.ok_or_else(missing)?;
    let details = Details::read(table, header.kind, asked).await?;
    Ok(Shown::of(header, details, context.now()))
}

impl Shown {
    fn of(header: OpenOrder, details: Option<Details>, now: OffsetDateTime) -> Self {
        // The details of other kinds have it.
        let is_carrier = header.kind == OrderKind::Carrier;
        let tenant = header.tenant.clone().filter(|_| is_carrier).map(String::from);
        Self {
            tenant,
            waits_for: waits_for(&header, now),
            last_failure: header.failed.as_ref().map(Failed::of),
            kind: header.kind.as_str(),
            needs_intervention: header.needs_intervention.as_ref().map(Waiting::of),
            due: header.due().map(rfc3339),
            leased_until: header.leased_until().map(rfc3339),
            id: header.id,
            status: header.status,
            revision: header.revision,
            attempts: header.attempts,
            correlation_id: header.correlation_id,
            details,
        }
    }
}

impl Report for Shown {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "order\t{}", self.id)?;
        writeln!(out, "kind\t{}", self.kind)?;
        writeln!(out, "status\t{}", printable(&self.status))?;
        if let Some(Waiting { since, why }) = &self.needs_intervention {
            writeln!(out, "needs intervention\tsince {since}: {}", printable(why))?;
        }
        if let Some(Failed { at, why, .. }) = &self.last_failure {
            writeln!(out, "last failure\t{at}: {}", printable(why))?;
        }
        writeln!(out, "waits for\t{}", self.waits_for)?;
        if let Some(due) = &self.due {
            writeln!(out, "due\t{due}")?;
        }
        if let Some(until) = &self.leased_until {
            writeln!(out, "leased until\t{until}")?;
        }
        writeln!(out, "attempts\t{}", self.attempts)?;
        writeln!(out, "revision\t{}", self.revision)?;
        writeln!(out, "correlation id\t{}", printable(&self.correlation_id))?;
        if let Some(tenant) = &self.tenant {
            writeln!(out, "tenant\t{}", printable(tenant))?;
        }
        self.details.as_ref().map_or(Ok(()), |details| details.write(out))
    }
}
