//! The orders of items, cancelled.

use domain::{
    esim::EsimOrderId,
    idempotency::{ResponseStore as _, StoredResponse},
    order::{CancelError, Cancelable, OrderKind},
    provisioning::OrderNumber,
    service_order::{Item, ItemOrder, ItemUpdate, ServiceOrder},
};
use store::{CancelOrderError, StoreError};
use time::OffsetDateTime;

use super::{ItemOrders, WITHDRAWN, idempotency, key_of, placed_before};

impl ItemOrders {
    /// Whether the order of an item can be cancelled as it is now.
    pub(crate) async fn is_cancelable(&self, order: &ItemOrder) -> Result<bool, StoreError> {
        match order.kind {
            OrderKind::Esim => {
                let found = self.esim.orders.get(&order.id).await?;
                Ok(found.is_some_and(|found| is_cancelable(&found, self.esim.now())))
            }
            _ => {
                let found = self.provisioning.work.orders().get(&order.id).await?;
                Ok(found.is_some_and(|found| is_cancelable(&found, self.esim.now())))
            }
        }
    }

    /// Cancels the order of an item. None: it has passed its point of no return.
    ///
    /// Repeatable: an order that was cancelled is found so.
    pub(crate) async fn cancel(
        &self,
        order: &ServiceOrder,
        item: &Item,
        child: &ItemOrder,
    ) -> Result<Option<ItemUpdate>, StoreError> {
        let unreadable = || StoreError::Corrupt(format!("id {} of an item's order", child.id));
        let has_ended = match child.kind {
            OrderKind::Esim => {
                let id = child.id.parse().map_err(|_| unreadable())?;
                is_too_late(self.esim.cancel(&order.tenant, id, None).await.map(drop))?
            }
            _ => {
                let id = child.id.parse().map_err(|_| unreadable())?;
                is_too_late(self.provisioning.cancel(&order.tenant, id, None).await.map(drop))?
            }
        };
        match has_ended {
            None => Ok(Some(ItemUpdate::Cancelled)),
            Some(true) => self.look(item, child).await,
            Some(false) => Ok(None),
        }
    }

    /// Uses the key of an item up whose order is not known to be placed, so that it never is. If it
    /// was placed, this is its order.
    ///
    /// Repeatable, and safe against a worker whose lease is over and which is about to place the
    /// order: of the two writes under the key one is refused.
    pub(crate) async fn withdraw(
        &self,
        order: &ServiceOrder,
        item: &Item,
    ) -> Result<ItemUpdate, StoreError> {
        let guard = idempotency::<&str>(order, item)?.guard(&WITHDRAWN);
        let used = self.responses.put(&guard?).await;
        let used = used.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        match used {
            Some(used) if used.response.body != WITHDRAWN => {
                item_order(&used.response).map(ItemUpdate::Ordered)
            }
            _ => Ok(ItemUpdate::Cancelled),
        }
    }

    /// The order of an item that has begun, if it was placed and that is not noted.
    pub(crate) async fn unnoted(
        &self,
        order: &ServiceOrder,
        item: &Item,
    ) -> Result<Option<ItemUpdate>, StoreError> {
        let request = key_of(order, item)?;
        let found = self.responses.get(&order.tenant, &request.key).await;
        let found = found.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let found = found.filter(|found| found.body != WITHDRAWN);
        Ok(found.as_ref().map(item_order).transpose()?.map(ItemUpdate::Ordered))
    }
}

/// The order in a stored response: the ids of the two kinds have nothing in common.
fn item_order(stored: &StoredResponse) -> Result<ItemOrder, StoreError> {
    let kind = match placed_before::<OrderNumber>(stored) {
        Ok(_) => OrderKind::Ecc,
        Err(_) => placed_before::<EsimOrderId>(stored).map(|_| OrderKind::Esim)?,
    };
    Ok(ItemOrder { kind, id: stored.body.clone() })
}

fn is_cancelable<L: Cancelable>(order: &L, now: OffsetDateTime) -> bool {
    order.is_canceled_by_client() || order.apply(L::cancellation(), now).is_ok()
}

/// None: the order is cancelled. Some: it is not, and whether it has ended.
fn is_too_late<S>(cancelled: Result<(), CancelOrderError<S>>) -> Result<Option<bool>, StoreError> {
    match cancelled {
        Ok(()) => Ok(None),
        Err(CancelError::TooLate { has_ended, .. }) => Ok(Some(has_ended)),
        Err(CancelError::Failed(error)) => Err(error),
        Err(CancelError::Contended) => {
            Err(StoreError::Unavailable("an item's order changed concurrently".to_owned()))
        }
        Err(CancelError::NotFound | CancelError::KeyUsed(_)) => {
            Err(StoreError::Corrupt("an item's order is gone".to_owned()))
        }
    }
}
