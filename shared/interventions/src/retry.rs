use std::{collections::BTreeMap, time::Duration as StdDuration};

use domain::{order::OrderKind, text::printable};
use lambda::{dispatch::Dispatch, message::OrderMessage};
use store::{DynamoWatchdog, OpenOrder};

use crate::{Interventions, RetryError};

impl Interventions {
    /// Calls the worker of an order that needs intervention, as a redrive of its dead letter does.
    /// The order stays marked until its worker has brought it on.
    ///
    /// Writes nothing. Dies before the message: nothing happened. Dies after it, or is repeated: the
    /// worker gets the message twice, and its lease admits one.
    ///
    /// # Errors
    /// Why nothing was sent.
    pub async fn retry<D: Dispatch>(
        &self,
        queues: &BTreeMap<OrderKind, D>,
        id: &str,
    ) -> Result<OpenOrder, RetryError> {
        let order = DynamoWatchdog::new(self.table.clone()).get(id).await?;
        let order = order.ok_or_else(|| RetryError::NoOrder(printable(id)))?;
        if order.needs_intervention.is_none() {
            return Err(RetryError::NotNeeded(order.id));
        }
        let taken = match queues.get(&order.kind) {
            Some(queue) => queue.dispatch(vec![(message(&order), StdDuration::ZERO)]).await,
            None => false,
        };
        match taken {
            true => Ok(order),
            false => Err(RetryError::NotTaken(order.id)),
        }
    }
}

fn message(order: &OpenOrder) -> String {
    let message = OrderMessage {
        order_id: order.id.clone(),
        revision: order.revision,
        correlation_id: order.correlation_id.clone(),
        tenant: order.tenant.clone(),
        publication: None,
    };
    // Texts and a number: this cannot fail.
    serde_json::to_string(&message).unwrap_or_default()
}
