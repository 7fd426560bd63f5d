//! A request to cancel an order of which items are under way.

use domain::service_order::{
    Assessment, Item, ItemId, ItemUpdate, ServiceOrder, ServiceOrderEvent,
};
use futures::future::join_all;
use store::StoreError;

use crate::{
    ServiceOrderWorker,
    handler::{READ_AT_ONCE, Step},
};

impl ServiceOrderWorker {
    /// Whether the orders of all items under way can be cancelled as they are now. Nothing is
    /// cancelled before the assessment is committed: a worker that takes the order over must not
    /// refuse a request of which another one has cancelled a part.
    ///
    /// Dies: nothing happened, and the order is assessed again.
    pub(crate) async fn assess(&self, order: &ServiceOrder) -> Result<Step, StoreError> {
        let unnoted = self.unnoted_orders(order).await?;
        if !unnoted.is_empty() {
            return Ok(Step::Happened(ServiceOrderEvent::Progressed(unnoted)));
        }
        let is_unplaced = |item: &&Item| item.order.is_none();
        if order.under_way().filter(is_unplaced).any(|item| !self.is_placeable(order, item)) {
            return Ok(Step::Unknown);
        }
        let kept = self.past_return(order).await?;
        let assessment = if order.under_way().next().is_none() {
            Assessment::Granted
        } else if kept.is_empty() {
            Assessment::Begun
        } else {
            Assessment::Refused(kept)
        };
        Ok(Step::Happened(ServiceOrderEvent::CancelAssessed(assessment)))
    }

    /// The orders that were placed and that the items do not have yet.
    async fn unnoted_orders(
        &self,
        order: &ServiceOrder,
    ) -> Result<Vec<(ItemId, ItemUpdate)>, StoreError> {
        let mut updates = Vec::new();
        for item in order.under_way().filter(|item| item.order.is_none()) {
            let found = self.items.unnoted(order, item).await?;
            updates.extend(found.map(|update| (item.id.clone(), update)));
        }
        Ok(updates)
    }

    /// The items whose orders cannot be cancelled any more.
    async fn past_return(&self, order: &ServiceOrder) -> Result<Vec<ItemId>, StoreError> {
        let placed: Vec<_> =
            order.under_way().filter_map(|item| Some((item, item.order.as_ref()?))).collect();
        let mut kept = Vec::new();
        for some in placed.chunks(READ_AT_ONCE) {
            let read = some.iter().map(|(_, child)| self.items.is_cancelable(child));
            for ((item, _), is_cancelable) in some.iter().zip(join_all(read).await) {
                if !is_cancelable? {
                    kept.push(item.id.clone());
                }
            }
        }
        Ok(kept)
    }

    /// Cancels the orders of all items under way.
    ///
    /// Dies after some of them: the next worker finds them cancelled, and cancels the others. What
    /// became of the items is committed at once, so that the request ends by all of them.
    pub(crate) async fn cancel_items(
        &self,
        order: &ServiceOrder,
    ) -> Result<ServiceOrderEvent, StoreError> {
        let under_way: Vec<&Item> = order.under_way().collect();
        let (mut updates, mut placed) = (Vec::new(), Vec::new());
        for some in under_way.chunks(READ_AT_ONCE) {
            let cancelled = some.iter().map(|item| self.cancel_item(order, item));
            for (item, update) in some.iter().zip(join_all(cancelled).await) {
                match update? {
                    Some(update @ ItemUpdate::Ordered(_)) => placed.push((item.id.clone(), update)),
                    update => updates.extend(update.map(|update| (item.id.clone(), update))),
                }
            }
        }
        // An order that another worker has placed meanwhile is noted, and cancelled in the next step.
        Ok(match placed.is_empty() {
            true => ServiceOrderEvent::ItemsCancelled(updates),
            false => ServiceOrderEvent::Progressed(placed),
        })
    }

    async fn cancel_item(
        &self,
        order: &ServiceOrder,
        item: &Item,
    ) -> Result<Option<ItemUpdate>, StoreError> {
        match &item.order {
            Some(child) => self.items.cancel(order, item, child).await,
            None => self.items.withdraw(order, item).await.map(Some),
        }
    }
}
