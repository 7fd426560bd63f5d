//! The outbox: turns changes of orders into messages (`design.md`, *Outbox*).
//!
//! Dies before sending: the stream gives the records again. Dies after it: they are sent twice,
//! and the worker finds the second message's work done. A record that cannot be relayed goes to
//! the on-failure queue, and its order is driven again by the sweeper.

use aws::{Outgoing, WorkQueue};
use edge::{
    Deadline,
    message::OrderMessage,
    stream_batch::{EventRecord, StreamHandler},
};
use store::{OrderChange, OrderKind, StoreError};

/// The relay.
#[derive(Debug)]
pub struct Relay {
    subscription_work: WorkQueue,
}

impl Relay {
    /// Sends the work of subscription orders to this queue.
    pub const fn new(subscription_work: WorkQueue) -> Self {
        Self { subscription_work }
    }
}

/// Whether a change asks a worker for work: a new order does. What a worker itself does to an
/// order asks for nothing.
fn asks_for_work(change: &OrderChange) -> bool {
    match change.kind {
        OrderKind::Ecc => change.before.is_none(),
    }
}

fn message(record: &EventRecord) -> Result<Option<Outgoing>, StoreError> {
    let images = &record.change;
    let change = OrderChange::of(images.old_image.clone(), images.new_image.clone())?;
    let Some(change) = change.filter(asks_for_work) else { return Ok(None) };
    let message = OrderMessage {
        order_id: change.id,
        revision: change.revision,
        correlation_id: change.correlation_id,
    };
    let body =
        serde_json::to_string(&message).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Some(Outgoing::now(body)))
}

impl StreamHandler for Relay {
    async fn handle(&self, records: &[EventRecord], _: Deadline) -> Vec<usize> {
        let mut failed = Vec::new();
        let (mut positions, mut messages) = (Vec::new(), Vec::new());
        for (position, record) in records.iter().enumerate() {
            match message(record) {
                Ok(Some(message)) => {
                    positions.push(position);
                    messages.push(message);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(position, %error, "order not readable");
                    failed.push(position);
                }
            }
        }
        match self.subscription_work.send_batch(&messages).await {
            Ok(unsent) => {
                failed.extend(unsent.into_iter().filter_map(|n| positions.get(n).copied()));
            }
            Err(error) => {
                tracing::warn!(%error, messages = messages.len(), "messages not sent");
                failed.extend(positions);
            }
        }
        failed
    }
}
