//! Telling what has happened to orders: what of it has not been told, and that it has.

use std::sync::Arc;

use domain::{
    identity::Tenant,
    provisioning::{OrderStatus, ProvisioningOrder},
    webhook,
};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::{Write, number},
    feeds::{self, FeedEvent},
    keys,
    records::{OrderHeader, OrderKind, ProvisioningRecord},
    transaction::{self, Outcome},
};

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

/// The order itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A provisioning order.
    Ecc(Box<ProvisioningOrder>),
}

/// An order, and what has happened to it that was not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The order's id, as text.
    pub id: String,
    /// Its kind, as receivers know it.
    pub kind: webhook::OrderKind,
    /// Who is to be told.
    pub audience: Vec<Tenant>,
    /// Follows the request that placed it.
    pub correlation_id: String,
    /// The order.
    pub subject: Subject,
    /// The states that were not told, oldest first.
    pub untold: Vec<Happening>,
    /// The last state, after which nothing happens any more; none while it is open.
    last: Option<u64>,
}

/// Tells of orders.
#[derive(Debug, Clone)]
pub struct DynamoTelling {
    table: Table,
    /// One append at a time in this process: its own appends would only get in each other's way.
    appending: Arc<Mutex<()>>,
}

impl DynamoTelling {
    /// In this table.
    pub fn new(table: Table) -> Self {
        Self { table, appending: Arc::default() }
    }

    /// An order and what is untold of it. None: there is no such order.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn order(&self, id: &str) -> Result<Option<Telling>, StoreError> {
        let key = keys::order(id);
        let Some(header) = self.table.read::<OrderHeader>(&key).await? else { return Ok(None) };
        match header.kind {
            OrderKind::Ecc => {
                let record = self.table.read::<ProvisioningRecord>(&key).await?;
                record.map(|record| of_ecc(id, record)).transpose()
            }
            // Not told yet (`OrderKind::tells`), so nobody asks.
            OrderKind::Carrier | OrderKind::Esim => Ok(None),
        }
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
        let _alone = self.appending.lock().await;
        for _ in 0..feeds::ATTEMPTS {
            let mut writes = vec![told(telling, happening)];
            writes.extend(feeds::appending(&self.table, events, now).await?);
            match transaction::run(&self.table, writes).await? {
                Outcome::Done => return Ok(true),
                Outcome::Refused(reasons) if reasons.first().is_some_and(Option::is_some) => {
                    return Ok(false);
                }
                Outcome::Refused(_) => feeds::wait().await,
            }
        }
        Err(StoreError::Throttled("the end of a feed".to_owned()))
    }
}

/// The revision stays: nothing of the order has changed that anybody else decides by.
fn told(telling: &Telling, happening: &Happening) -> Write {
    let write = Write::update(keys::order(&telling.id), Condition::NotToldYet)
        .set("told", number(happening.sequence))
        .value("telling", number(happening.sequence));
    if telling.last == Some(happening.sequence) {
        write.remove("dueShard").remove("dueAt")
    } else {
        write
    }
}

fn of_ecc(id: &str, record: ProvisioningRecord) -> Result<Telling, StoreError> {
    let OrderHeader { told, sequence, .. } = record.header;
    let order = ProvisioningOrder::try_from(record)?;
    let placed = Happening {
        sequence: 1,
        status: OrderStatus::Provisioning.as_str().to_owned(),
        at: order.order_date,
        reason: None,
    };
    let passed = (2..).zip(&order.passages).map(|(sequence, passage)| Happening {
        sequence,
        status: passage.status.as_str().to_owned(),
        at: passage.at,
        reason: passage.reason.clone(),
    });
    let untold = std::iter::once(placed).chain(passed).filter(|h| h.sequence > told).collect();
    Ok(Telling {
        id: id.to_owned(),
        kind: webhook::OrderKind::Ecc,
        audience: vec![order.tenant.clone()],
        correlation_id: order.correlation_id.clone(),
        untold,
        last: order.status.is_final().then_some(sequence),
        subject: Subject::Ecc(Box::new(order)),
    })
}
