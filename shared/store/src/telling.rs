//! Telling what has happened to orders: what of it has not been told, and that it has.

mod subject;
mod together;

use std::sync::Arc;

use domain::{carrier::OrderId, identity::Tenant, order::OrderKind};
use time::OffsetDateTime;

use crate::{
    carrier::{DynamoCarrierOrders, StoredNotification},
    conditions::Condition,
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number},
    feeds::FeedEvent,
    keys, watchdog,
};

pub use subject::Subject;
use together::{State, Together};

/// A state that an order has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// Its place among the order's states, from 1.
    pub sequence: u64,
    /// The state, in the words of the order's kind.
    pub status: String,
    /// Since when.
    pub at: OffsetDateTime,
    /// Why, in words for the client.
    pub reason: Option<String>,
}

/// An order, and what has happened to it that was not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The order's id, as text.
    pub id: String,
    /// Its kind, as receivers know it.
    pub kind: OrderKind,
    /// Who is to be told.
    pub audience: Vec<Tenant>,
    /// Follows the request that placed it.
    pub correlation_id: String,
    /// The order.
    pub subject: Subject,
    /// The states that were not told, oldest first.
    pub untold: Vec<Happening>,
    /// The last state, after which it rests for good; none while it is open, or when more than
    /// states is told of it.
    last: Option<u64>,
    /// Whether nothing but telling is left to do on it, and it is not `last` that ends that.
    rests: bool,
    /// What its Buyer is told apart from its states.
    buyer: Owed,
}

/// Notifications and answers, and how many of them are on their way to the Buyer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Owed {
    notes: u64,
    pushed: u64,
    asked: u64,
    answered: u64,
}

impl Telling {
    /// Whether there are notifications that were not pushed to the Buyer.
    pub const fn has_unpushed(&self) -> bool {
        self.buyer.pushed < self.buyer.notes
    }

    /// The Buyer's question how the order stands, by its number, if it was not answered.
    pub fn unanswered(&self) -> Option<u64> {
        (self.buyer.answered < self.buyer.asked).then_some(self.buyer.asked)
    }
}

/// Tells of orders.
#[derive(Debug, Clone)]
pub struct DynamoTelling {
    table: Table,
    together: Arc<Together>,
}

impl DynamoTelling {
    /// In this table.
    pub fn new(table: Table) -> Self {
        Self { table, together: Arc::default() }
    }

    /// An order and what is untold of it. None: there is no such order.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn order(&self, id: &str) -> Result<Option<Telling>, StoreError> {
        subject::read(&self.table, id).await
    }

    /// The notifications of a carrier order that were not pushed, oldest first.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn unpushed(
        &self,
        telling: &Telling,
        order: &OrderId,
    ) -> Result<Vec<StoredNotification>, StoreError> {
        let orders = DynamoCarrierOrders::new(self.table.clone());
        let found = orders.with_notifications(order, false).await?;
        let all = found.map(|(_, notifications)| notifications).unwrap_or_default();
        let Owed { pushed, notes, .. } = telling.buyer;
        Ok(all
            .into_iter()
            .filter(|new| (pushed + 1..=notes).contains(&u64::from(new.version)))
            .collect())
    }

    /// Marks what the order owed its Buyer when it was read as sent. False: it had been.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn pushed(&self, telling: &Telling) -> Result<bool, StoreError> {
        let Owed { notes: pushed, asked: answered, .. } = telling.buyer;
        let unsent = Condition::NotPushedYet { pushed, answered };
        let write = Write::update(keys::order(&telling.id), unsent)
            .set("pushed", number(pushed))
            .set("answered", number(answered));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }

    /// Lets an order rest of which all is told, if nobody has to work on it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn rest(&self, telling: &Telling) -> Result<(), StoreError> {
        if telling.rests {
            self.table.update(watchdog::at_rest(&telling.id)).await?;
        }
        Ok(())
    }

    /// Marks a state as told, and appends what it tells to feeds, all at once. Must be called for
    /// the states of an order one after the other. False: it had been told already.
    ///
    /// # Errors
    /// The database cannot be reached, or too many append to one of the feeds.
    pub async fn tell(
        &self,
        telling: &Telling,
        happening: &Happening,
        events: &[FeedEvent],
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let state = State {
            order: telling.id.clone(),
            sequence: happening.sequence,
            last: telling.last == Some(happening.sequence),
            events: events.to_vec(),
            now,
        };
        if events.is_empty() {
            return Ok(matches!(self.table.update(told(&state)).await?, Updated::Applied(_)));
        }
        self.together.tell(&self.table, state).await
    }
}

/// The revision stays: nothing of the order has changed that anybody else decides by.
fn told(state: &State) -> Write {
    let unpublished = Condition::NotPublishedYet { sequence: state.sequence };
    let write =
        Write::update(keys::order(&state.order), unpublished).set("told", number(state.sequence));
    if state.last { write.remove("dueShard").remove("dueAt") } else { write }
}
