//! An order as its page shows it: what every order has, what its kind adds, and what happened.
//!
//! Without personal data: free text from outside loses what may be a number, and numbers, SIMs,
//! e-mail addresses and documents are not shown at all.

mod deliveries;
mod details;

use api::Problem;
use domain::{clock::rfc3339, text::without_numbers};
use interventions::{has_ended, waits_for};
use lambda::dispatch::Dispatch;
use store::{DynamoWatchdog, OpenOrder};
use time::OffsetDateTime;

use crate::ConsoleApi;

pub(crate) use deliveries::{result, state};

/// Where an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// The order came to a status.
    Status,
    /// An attempt came to nothing.
    Attempt,
    /// A message was delivered to an endpoint, or was not.
    Delivery,
}

impl Lane {
    pub(crate) const ALL: [Self; 3] = [Self::Status, Self::Attempt, Self::Delivery];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Attempt => "attempt",
            Self::Delivery => "delivery",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) at: OffsetDateTime,
    pub(crate) lane: Lane,
    /// In a word or two.
    pub(crate) what: String,
    /// What is known besides.
    pub(crate) more: String,
}

/// A fact: its name and its value.
pub(crate) type Fact = (&'static str, String);

/// A notification of a carrier order.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) version: u32,
    pub(crate) pushed: bool,
}

/// An item of a service order.
#[derive(Debug)]
pub(crate) struct ItemRow {
    pub(crate) id: String,
    pub(crate) state: &'static str,
    pub(crate) order: Option<String>,
    pub(crate) failure: Option<String>,
}

/// What the kind of an order adds.
#[derive(Debug, Default)]
pub(crate) struct Details {
    pub(crate) facts: Vec<Fact>,
    pub(crate) events: Vec<Event>,
    pub(crate) notifications: Vec<Notification>,
    pub(crate) items: Vec<ItemRow>,
}

/// An order.
#[derive(Debug)]
pub(crate) struct OrderView {
    pub(crate) order: OpenOrder,
    /// What must happen before it goes on.
    pub(crate) waits_for: String,
    pub(crate) has_ended: bool,
    /// What its kind adds; the events of all lanes, oldest first.
    pub(crate) details: Details,
    pub(crate) facts: Vec<Fact>,
}

impl<D: Dispatch> ConsoleApi<D> {
    /// An order of any kind.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub(crate) async fn open_order(&self, id: &str) -> Result<OpenOrder, Problem> {
        let found = DynamoWatchdog::new(self.table.clone()).get(id).await;
        found.map_err(Problem::failed)?.ok_or(Problem::NotFound)
    }

    /// The whole of it.
    ///
    /// # Errors
    /// As [`open_order`](Self::open_order).
    pub(crate) async fn view(&self, id: &str) -> Result<OrderView, Problem> {
        let order = self.open_order(id).await?;
        let details = self.details(&order);
        let deliveries = self.deliveries_of(&order);
        let (mut details, deliveries) =
            futures::try_join!(details, deliveries).map_err(Problem::failed)?;
        details.events.extend(deliveries);
        details.events.extend(order.failed.iter().map(|failed| Event {
            at: failed.at,
            lane: Lane::Attempt,
            what: "failed".to_owned(),
            more: without_numbers(&failed.why),
        }));
        details.events.sort_by_key(|event| event.at);
        let now = self.clock.now();
        Ok(OrderView {
            waits_for: waits_for(&order, now),
            has_ended: has_ended(order.kind, &order.status) && !order.unpublished,
            facts: facts(&order),
            details,
            order,
        })
    }
}

fn facts(order: &OpenOrder) -> Vec<Fact> {
    let optional = [
        ("Due", order.due().map(rfc3339)),
        ("Held by a worker until", order.leased_until().map(rfc3339)),
        ("Next attempt", order.failed.as_ref().and_then(|failed| failed.next).map(rfc3339)),
    ];
    let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
    [
        ("Kind", order.kind.as_str().to_owned()),
        ("Owner", order.owner.clone()),
        ("Attempts", order.attempts.to_string()),
        ("Revision", order.revision.to_string()),
        ("Correlation id", order.correlation_id.clone()),
    ]
    .into_iter()
    .chain(optional)
    .collect()
}
