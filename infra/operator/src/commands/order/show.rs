use std::io::{self, Write};

use clap::Args;
use domain::{
    clock::rfc3339,
    identity::Tenant,
    numbering::{Iccid, Imsi, Msisdn},
    provisioning::{Operation, Passage, ProvisioningOrder},
    subscription::Change,
};
use serde::Serialize;
use store::{DynamoOrders, DynamoWatchdog, OpenOrder, OrderKind};

use super::Waiting;
use crate::{
    context::Context,
    error::CommandError,
    output::{Report, listed, printable, without_numbers},
};

/// Which order to show.
#[derive(Debug, Args)]
pub struct ShowOrder {
    /// The order
    pub id: String,
    /// Show personal data too: numbers, SIM, the values of the change
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
    needs_intervention: Option<Waiting>,
    #[serde(flatten)]
    details: Option<Details>,
}

/// What a provisioning order has besides.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    tenant: Tenant,
    subscription: String,
    operation: &'static str,
    /// Names of the values it changes.
    changes: Vec<String>,
    order_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_date: Option<String>,
    history: Vec<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal: Option<Personal>,
}

#[derive(Debug, Serialize)]
struct Step {
    at: String,
    status: &'static str,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Personal {
    iccid: Iccid,
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<Msisdn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imsi: Option<Imsi>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Box<Change>>,
}

pub(super) async fn show(context: &Context, asked: &ShowOrder) -> Result<Shown, CommandError> {
    let table = context.table()?;
    let missing = || CommandError::NoOrder(printable(&asked.id));
    let header = DynamoWatchdog::new(table.clone()).get(&asked.id).await?.ok_or_else(missing)?;
    let details = match header.kind {
        OrderKind::Ecc => {
            let number = asked.id.parse().map_err(|_| missing())?;
            DynamoOrders::new(table).get(number).await?
        }
    };
    Ok(Shown::of(header, details.map(|order| Details::of(order, asked.personal))))
}

impl Shown {
    fn of(header: OpenOrder, details: Option<Details>) -> Self {
        Self {
            kind: header.kind.as_str(),
            needs_intervention: header.needs_intervention.as_ref().map(Waiting::of),
            id: header.id,
            status: header.status,
            revision: header.revision,
            attempts: header.attempts,
            correlation_id: header.correlation_id,
            details,
        }
    }
}

impl Details {
    fn of(order: ProvisioningOrder, personal: bool) -> Self {
        let completion_date = order.completion_date().map(rfc3339);
        let operation = order.operation.as_str();
        let change = match order.operation {
            Operation::Change(change) => Some(change),
            Operation::Create | Operation::Delete => None,
        };
        Self {
            tenant: order.tenant,
            subscription: order.subscription.to_string(),
            operation,
            changes: change.as_deref().map(names).unwrap_or_default(),
            order_date: rfc3339(order.order_date),
            completion_date,
            history: order
                .passages
                .into_iter()
                .map(|passage| Step::of(passage, personal))
                .collect(),
            personal: personal.then_some(Personal {
                iccid: order.iccid,
                msisdn: order.msisdn,
                imsi: order.imsi,
                change,
            }),
        }
    }
}

impl Step {
    /// A reason is the network's own text, and may name a number.
    fn of(passage: Passage, personal: bool) -> Self {
        let shown = |reason: String| if personal { reason } else { without_numbers(&reason) };
        Self {
            at: rfc3339(passage.at),
            status: passage.status.as_str(),
            by: passage.by,
            reason: passage.reason.map(shown),
        }
    }
}

/// What a change changes, by name.
fn names(change: &Change) -> Vec<String> {
    match serde_json::to_value(change) {
        Ok(serde_json::Value::Object(values)) => values.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
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
        writeln!(out, "attempts\t{}", self.attempts)?;
        writeln!(out, "revision\t{}", self.revision)?;
        writeln!(out, "correlation id\t{}", printable(&self.correlation_id))?;
        self.details.as_ref().map_or(Ok(()), |details| details.write(out))
    }
}

impl Details {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "tenant\t{}", self.tenant)?;
        writeln!(out, "subscription\t{}", self.subscription)?;
        writeln!(out, "operation\t{}", self.operation)?;
        if !self.changes.is_empty() {
            writeln!(out, "changes\t{}", listed(&self.changes))?;
        }
        writeln!(out, "placed\t{}", self.order_date)?;
        for Step { at, status, by, reason } in &self.history {
            let reason = reason.as_deref().map(|why| format!(": {}", printable(why)));
            let reason = reason.unwrap_or_default();
            writeln!(out, "{}\t{at} by {}{reason}", status.to_lowercase(), printable(by))?;
        }
        self.personal.as_ref().map_or(Ok(()), |personal| personal.write(out))
    }
}

impl Personal {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "iccid\t{}", self.iccid)?;
        if let Some(msisdn) = &self.msisdn {
            writeln!(out, "msisdn\t{msisdn}")?;
        }
        if let Some(imsi) = &self.imsi {
            writeln!(out, "imsi\t{imsi}")?;
        }
        if let Some(change) = &self.change {
            writeln!(out, "change\t{}", serde_json::to_string(change)?)?;
        }
        Ok(())
    }
}
