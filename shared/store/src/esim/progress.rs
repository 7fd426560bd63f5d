//! How far devices have come, as SM-DP+s tell it.

use domain::esim::{
    DownloadProgress, EsimIccid, EsimOrder, EsimOrderStatus, Installation, PoolState,
};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

use super::{DynamoEsimOrders, DynamoEsimWork};
use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::Write,
    keys,
    records::{Formatted, InstallationRecord, ProfileRecord},
    transaction::{self, Outcome},
};

/// Attempts when the order is written by others meanwhile.
const ATTEMPTS: usize = 5;

/// What came of noting progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotedProgress {
    /// Noted on this order and its eSIM.
    Noted(Box<EsimOrder>),
    /// Known already, or older than what is known.
    Stale,
    /// No order has the profile.
    Nobodys,
}

/// Notes progress.
#[derive(Debug, Clone)]
pub struct DynamoProgress {
    table: Table,
}

impl DynamoEsimWork {
    /// Notes how far devices have come, in place of an SM-DP+ that tells it.
    pub fn progress(&self) -> DynamoProgress {
        DynamoProgress::new(self.orders.table.clone())
    }
}

impl DynamoProgress {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Notes progress on the order that has the profile, and on the eSIM once there is one.
    ///
    /// # Errors
    /// The database cannot be reached or is too busy, or an item cannot be read.
    pub async fn note(&self, progress: &DownloadProgress) -> Result<NotedProgress, StoreError> {
        let profile: Option<ProfileRecord> =
            self.table.get_consistent(&keys::profile(&progress.iccid)).await?;
        let Some(PoolState::Used { order } | PoolState::Reserved { order }) =
            profile.map(|profile| profile.state)
        else {
            return Ok(NotedProgress::Nobodys);
        };
        let orders = DynamoEsimOrders::new(self.table.clone());
        for _ in 0..ATTEMPTS {
            let Some(order) = orders.get(order).await? else { return Ok(NotedProgress::Nobodys) };
            let news = Installation::after(order.installation.as_ref(), &progress.installation);
            let Some(news) = news else { return Ok(NotedProgress::Stale) };
            let writes = writes(&order, progress, &news)?;
            if matches!(transaction::run(&self.table, writes).await?, Outcome::Done) {
                return Ok(NotedProgress::Noted(Box::new(order)));
            }
        }
        Err(StoreError::Throttled("the order changes all the time".to_owned()))
    }
}

fn writes(
    order: &EsimOrder,
    progress: &DownloadProgress,
    news: &Installation,
) -> Result<Vec<Write>, StoreError> {
    let value = to_attribute_value(Formatted::<InstallationRecord>(news))?;
    let key = keys::order(&order.id.to_string());
    let mut writes = vec![
        Write::update(key, Condition::AsRead { revision: order.revision })
            .set("installation", value.clone())
            .next_revision(),
    ];
    if order.status == EsimOrderStatus::Completed {
        let iccid = EsimIccid::from(&progress.iccid);
        let write = Write::update(keys::esim(&order.tenant, &iccid), Condition::Present)
            .set("installation", value)
            .next_revision();
        writes.push(write);
    }
    Ok(writes)
}
