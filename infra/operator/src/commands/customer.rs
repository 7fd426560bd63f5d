//! `customer`: the people who have eSIMs.

mod erase;

use std::io::{self, Write};

use clap::{Args, Subcommand};
use domain::{
    clock::rfc3339,
    esim::{Email, Esim, PointStatus},
    identity::Tenant,
};
use serde::Serialize;
use store::{DynamoCustomers, KnownCustomer};
use time::OffsetDateTime;

use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report, printable},
};

/// What to do with customers.
#[derive(Debug, Subcommand)]
pub enum CustomerCommand {
    /// Show a customer and its eSIMs
    Show(ShowCustomer),
    /// Erase what is stored of a customer, whose orders have all ended
    Erase(erase::EraseCustomer),
}

/// Which customer to show.
#[derive(Debug, Args)]
pub struct ShowCustomer {
    /// Its e-mail address
    pub email: Email,
    /// Whose customer it is
    #[arg(long)]
    pub tenant: Tenant,
}

impl CustomerCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::Show(ShowCustomer { email, tenant }) => {
                let known = DynamoCustomers::new(context.table()?).find(&tenant, &email).await?;
                let known = known.ok_or(CommandError::NoCustomer)?;
                output.show(&Shown::of(known, context.now()))
            }
            Self::Erase(customer) => output.show(&erase::erase(context, customer).await?),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: String,
    tenant: Tenant,
    #[serde(skip_serializing_if = "Option::is_none")]
    erasing_since: Option<String>,
    esims: Vec<EsimLine>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EsimLine {
    iccid: String,
    active_plans: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    outstanding_order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<String>,
}

impl Shown {
    fn of(known: KnownCustomer, now: OffsetDateTime) -> Self {
        let KnownCustomer { customer, esims, erasing_since } = known;
        Self {
            id: customer.id.0.to_string(),
            tenant: customer.tenant,
            erasing_since: erasing_since.map(rfc3339),
            esims: esims.iter().map(|esim| EsimLine::of(esim, now)).collect(),
        }
    }
}

impl EsimLine {
    fn of(esim: &Esim, now: OffsetDateTime) -> Self {
        Self {
            iccid: esim.iccid.to_string(),
            active_plans: esim.active_plans(now),
            outstanding_order: esim.outstanding_order.map(|order| order.to_string()),
            installation: esim.installation.as_ref().map(|known| {
                let outcome = match known.status {
                    PointStatus::Succeeded => "",
                    PointStatus::Failed { .. } => " failed",
                };
                format!("{}{outcome} at {}", known.point.as_str(), rfc3339(known.at))
            }),
        }
    }
}

impl Report for Shown {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "customer\t{} of {}", self.id, printable(self.tenant.as_str()))?;
        if let Some(since) = &self.erasing_since {
            writeln!(out, "erasing\tsince {since}, no orders are taken: run customer erase again")?;
        }
        if self.esims.is_empty() {
            return writeln!(out, "no eSIM yet");
        }
        writeln!(out, "ICCID\tPLANS\tORDER\tINSTALLATION")?;
        for EsimLine { iccid, active_plans, outstanding_order, installation } in &self.esims {
            let order = outstanding_order.as_deref().unwrap_or("-");
            let installation = installation.as_deref().unwrap_or("-");
            writeln!(out, "{iccid}\t{active_plans}\t{order}\t{installation}")?;
        }
        Ok(())
    }
}
