use std::io::{self, Write};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use interventions::{Interventions, ResolveRequest, Resolved};

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

impl From<Resolution> for interventions::Resolution {
    fn from(resolution: Resolution) -> Self {
        match resolution {
            Resolution::Completed => Self::Completed,
            Resolution::Canceled => Self::Canceled,
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
    let ResolveOrder { id, resolution, reason, by } = asked;
    let request = ResolveRequest { id, resolution: resolution.into(), reason, by };
    let interventions = Interventions::new(context.table()?, context.watchdog());
    Ok(interventions.resolve(request, context.now()).await?)
}
