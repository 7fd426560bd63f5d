//! Deliveries that wait for their time, or whose message was lost: for the sweeper.

use domain::{identity::Tenant, webhook::Delivery};
use time::OffsetDateTime;

use super::StoredDelivery;
use crate::{
    conditions::{Condition, Millis},
    connection::{Table, Updated},
    error::StoreError,
    expression::{Write, number},
    keys,
    records::{DeliveryRecord, WAITING, to_millis},
};

/// A delivery that is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Whose endpoint it is.
    pub tenant: Tenant,
    /// Follows the request that placed the order.
    pub correlation_id: String,
    due_at: i64,
}

/// Finds deliveries that wait for their time, or whose message was lost.
#[derive(Debug, Clone)]
pub struct DynamoWaitingDeliveries {
    table: Table,
}

impl DynamoWaitingDeliveries {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The deliveries of a shard that are due, the longest first; at most 100.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn due(
        &self,
        shard: u8,
        now: OffsetDateTime,
    ) -> Result<Vec<WaitingDelivery>, StoreError> {
        let keys = self.table.query_due(keys::due_delivery(shard), to_millis(now)).await?;
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let record = self.table.get_consistent::<DeliveryRecord>(&key).await?;
            // The index is behind the table.
            let Some((record, due_at)) = record.and_then(|r| r.due_at.map(|due| (r, due))) else {
                continue;
            };
            if due_at <= to_millis(now) && record.state == WAITING {
                let StoredDelivery { delivery, tenant, correlation_id, .. } = record.try_into()?;
                found.push(WaitingDelivery { delivery, tenant, correlation_id, due_at });
            }
        }
        Ok(found)
    }

    /// Looks for a delivery later, once it has been sent again. False: it moved on by itself.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn put_off(
        &self,
        delivery: &WaitingDelivery,
        until: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let key = keys::delivery(&delivery.delivery.endpoint, &delivery.delivery.message);
        let write =
            Write::update(key, Condition::WaitsAndDueAsRead { due: Millis(delivery.due_at) })
                .set("dueAt", number(to_millis(until)));
        Ok(matches!(self.table.update(write).await?, Updated::Applied(_)))
    }
}
