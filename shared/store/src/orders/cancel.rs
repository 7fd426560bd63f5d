//! Cancelling an order for the client that placed it.

use domain::{
    idempotency::Idempotency,
    identity::Tenant,
    order::{CancelError, Cancelable, Status as _},
};
use time::OffsetDateTime;

use super::{Authority, Committed, OrderWork, Stored};
use crate::error::StoreError;

/// Maximum attempts after a concurrent change of the order.
const ATTEMPTS: usize = 4;

/// Why an order was not cancelled.
pub type CancelOrderError<S> = CancelError<S, StoreError>;

/// A cancelled order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanceledOrder<L> {
    /// The order as it is.
    pub order: L,
    /// Whether this call has cancelled it; with a key, its response is stored. Else an earlier one
    /// had.
    pub is_new: bool,
}

impl<L: Stored + Cancelable> OrderWork<L> {
    /// Cancels an order of this tenant with all that it locks and holds, in one transaction.
    ///
    /// Repeatable: an order that its client has cancelled is returned as it is. Dies before the
    /// transaction: nothing happened. Dies after it: the order has ended, the stream carries that
    /// on, and the caller learns of it when it repeats the call.
    ///
    /// # Errors
    /// Why it was not cancelled.
    pub async fn cancel(
        &self,
        tenant: &Tenant,
        id: impl ToString + Send,
        context: &L::Context,
        idempotency: Option<&Idempotency<'_, L>>,
        now: OffsetDateTime,
    ) -> Result<CanceledOrder<L>, CancelOrderError<L::Status>> {
        let id = id.to_string();
        for _ in 0..ATTEMPTS {
            let found = self.orders.get(&id).await.map_err(CancelError::Failed)?;
            let found = found.filter(|order| order.tenant() == tenant);
            let order = found.ok_or(CancelError::NotFound)?;
            if order.is_canceled_by_client() {
                return Ok(CanceledOrder { order, is_new: false });
            }
            let Ok(applied) = order.apply(L::cancellation(), now) else {
                let status = order.status();
                return Err(CancelError::TooLate { status, has_ended: status.is_final() });
            };
            let guard = idempotency.map(|key| key.guard(applied.order())).transpose();
            let guard = guard.map_err(|error| CancelError::Failed(error.into()))?;
            let work = match order.has_waiting_batch() {
                true => self.clone(),
                false => self.for_tenant(tenant, now).await.map_err(CancelError::Failed)?,
            };
            let (by, guard) = (Authority::Party, guard.as_ref());
            let committed = work.commit_with(&applied, by, context, Vec::new(), guard).await?;
            if let Committed::Done(order) = committed {
                return Ok(CanceledOrder { order: *order, is_new: true });
            }
        }
        Err(CancelError::Contended)
    }
}
