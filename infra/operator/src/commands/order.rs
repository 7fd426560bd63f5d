//! `order`: orders of whatever kind, above all those that wait for a person.

mod carrier;
mod esim;
mod list;
mod provisioning;
mod resolve;
mod retrying;
mod service;
mod show;

use clap::Subcommand;
use domain::{
    clock::rfc3339,
    order::{FailedAttempt, Intervention},
    text::without_numbers,
};
use serde::Serialize;

use crate::{context::Context, error::CommandError, output::Output};

pub use list::ListOrders;
pub use resolve::{Resolution, ResolveOrder};
pub use show::ShowOrder;

/// What to do with orders.
#[derive(Debug, Subcommand)]
pub enum OrderCommand {
    /// Show an order and what has happened to it
    Show(ShowOrder),
    /// List the open orders somebody should look at, the oldest first
    List(ListOrders),
    /// End an order whose effect on the network is known by other means
    Resolve(ResolveOrder),
}

impl OrderCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::Show(order) => output.show(&show::show(context, &order).await?),
            Self::List(orders) if orders.which.retrying => {
                output.show(&retrying::list(context, &orders.only).await?)
            }
            Self::List(orders) => output.show(&list::list(context, &orders).await?),
            Self::Resolve(order) => output.show(&resolve::resolve(context, order).await?),
        }
    }
}

/// An attempt that came to nothing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    at: String,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt: Option<String>,
}

impl Failed {
    fn of(attempt: &FailedAttempt) -> Self {
        let FailedAttempt { at, why, next } = attempt;
        Self { at: rfc3339(*at), why: without_numbers(why), next_attempt: next.map(rfc3339) }
    }
}

/// That an order waits for a person.
#[derive(Debug, Serialize)]
struct Waiting {
    since: String,
    why: String,
}

impl Waiting {
    /// Without what may be personal.
    fn of(intervention: &Intervention) -> Self {
        let Intervention { since, why, .. } = intervention;
        Self { since: rfc3339(*since), why: without_numbers(why) }
    }
}
