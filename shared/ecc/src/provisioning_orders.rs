//! The service of provisioning orders that are placed: reads, lists and cancels them.

use std::sync::Arc;

use domain::{
    clock::Clock,
    idempotency::Idempotency,
    identity::Tenant,
    provisioning::{OrderFilter, OrderNumber, OrderStatus, ProvisioningOrder},
};
use lambda::telemetry::Metric;
use store::{
    CancelOrderError, CanceledOrder, DynamoWork, OrderPage, OrderRange, StoreError, Table,
};
use time::Duration;

/// Bytes that an order takes on a page at most: what is stored of it is below one KiB, and its
/// reason is a network's text, bounded.
const LARGEST: usize = 8_192;

/// Reads, lists and cancels provisioning orders.
pub struct ProvisioningOrders {
    /// The orders.
    pub work: DynamoWork,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl ProvisioningOrders {
    /// In this table; the end of an order that is not published within `watchdog` is published
    /// again.
    pub fn new(table: Table, watchdog: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { work: DynamoWork::new(table, watchdog), clock }
    }

    /// An order of this tenant. `None`: it has no such order.
    ///
    /// # Errors
    /// The database cannot be reached, or the item cannot be read.
    pub async fn get(
        &self,
        tenant: &Tenant,
        id: OrderNumber,
    ) -> Result<Option<ProvisioningOrder>, StoreError> {
        let order = self.work.orders().get(id).await?;
        Ok(order.filter(|order| order.tenant == *tenant))
    }

    /// A page of the tenant's orders, newest first.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn list(
        &self,
        tenant: &Tenant,
        range: &OrderRange,
        filter: &OrderFilter,
    ) -> Result<OrderPage<ProvisioningOrder>, StoreError> {
        let matches = |order: &ProvisioningOrder| filter.matches(order);
        let passes: Option<&(dyn Fn(&ProvisioningOrder) -> bool + Sync)> =
            if filter.is_empty() { None } else { Some(&matches) };
        self.work.orders().list(tenant, range, passes, |_| LARGEST).await
    }

    /// Cancels an order of this tenant that no worker has taken: the network cannot have been
    /// called for it. The order ends as CANCELED, and its subscription and numbers are released in
    /// the same transaction.
    ///
    /// Repeatable: an order that its client has canceled is returned as it is.
    ///
    /// # Errors
    /// Why it was not canceled.
    pub async fn cancel(
        &self,
        tenant: &Tenant,
        id: OrderNumber,
        idempotency: Option<&Idempotency<'_, ProvisioningOrder>>,
    ) -> Result<CanceledOrder<ProvisioningOrder>, CancelOrderError<OrderStatus>> {
        let now = self.clock.now();
        let canceled = self.work.cancel(tenant, id, &(), idempotency, now).await?;
        if canceled.is_new {
            tracing::info!(order_id = id.get(), "order canceled by its client");
            let outcome = canceled.order.status.as_str();
            Metric::count("Orders", 1).by("kind", "ecc").by("outcome", outcome).emit();
        }
        Ok(canceled)
    }
}
