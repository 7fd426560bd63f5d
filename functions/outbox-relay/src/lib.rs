//! The outbox: turns changes of orders into messages (`design.md`, *Outbox*).
//!
//! Dies before sending: the stream gives the records again. Dies after it: they are sent twice,
//! and the worker finds the second message's work done. A record that cannot be relayed goes to
//! the on-failure queue, and its order is driven again by the sweeper.

use std::{collections::BTreeMap, time::Duration};

use aws::{Outgoing, WorkQueue};
use edge::{
    Deadline,
    message::OrderMessage,
    stream_batch::{EventRecord, StreamHandler},
};
use store::{OrderChange, OrderKind, StoreError};

/// The relay: sends the work of each kind of order to the queue of its worker.
#[derive(Debug)]
pub struct Relay {
    /// Work of subscription orders.
    pub subscription_work: WorkQueue,
    /// Work of carrier orders.
    pub carrier_work: WorkQueue,
}

/// Whether a change asks a worker for work: a new order does, and so does a step of a carrier
/// order that may call for the next one. A lease that is taken or given back asks for nothing.
fn asks_for_work(change: &OrderChange) -> bool {
    match change.kind {
        OrderKind::Ecc => change.before.is_none(),
        OrderKind::Carrier => {
            change.release
                || change.stepped && ["ACKNOWLEDGED", "IN_PROGRESS"].contains(&&*change.status)
        }
    }
}

fn message(record: &EventRecord) -> Result<Option<(OrderKind, Outgoing)>, StoreError> {
    let images = &record.change;
    let change = OrderChange::of(images.old_image.clone(), images.new_image.clone())?;
    let Some(change) = change.filter(asks_for_work) else { return Ok(None) };
    // What is new begins at once; the pace is for what comes between two steps.
    let pace = change.before.as_ref().map_or(0, |_| change.pace);
    let wait = Duration::from_secs(u64::from(pace));
    let kind = change.kind;
    let message = OrderMessage {
        order_id: change.id,
        revision: change.revision,
        correlation_id: change.correlation_id,
    };
    let body =
        serde_json::to_string(&message).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Some((kind, Outgoing::after(body, wait))))
}

impl Relay {
    /// The queue of the worker for orders of this kind.
    const fn queue(&self, kind: OrderKind) -> &WorkQueue {
        match kind {
            OrderKind::Ecc => &self.subscription_work,
            OrderKind::Carrier => &self.carrier_work,
        }
    }
}

impl StreamHandler for Relay {
    async fn handle(&self, records: &[EventRecord], _: Deadline) -> Vec<usize> {
        let mut failed = Vec::new();
        let mut batches: BTreeMap<OrderKind, (Vec<usize>, Vec<Outgoing>)> = BTreeMap::new();
        for (position, record) in records.iter().enumerate() {
            match message(record) {
                Ok(Some((kind, message))) => {
                    let (positions, messages) = batches.entry(kind).or_default();
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
        for (kind, (positions, messages)) in batches {
            match self.queue(kind).send_batch(&messages).await {
                Ok(unsent) => {
                    failed.extend(unsent.into_iter().filter_map(|n| positions.get(n).copied()));
                }
                Err(error) => {
                    tracing::warn!(%error, messages = messages.len(), "messages not sent");
                    failed.extend(positions);
                }
            }
        }
        failed
    }
}
