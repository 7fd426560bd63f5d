//! The outbox: turns changes of orders into messages (`design.md`, *Outbox*).
//!
//! Dies before sending: the stream gives the records again. Dies after it: they are sent twice,
//! and the worker finds the second message's work done. A record that cannot be relayed goes to
//! the on-failure queue, and its order is driven again by the sweeper.

use std::{collections::BTreeMap, time::Duration};

use domain::order::OrderKind;
use lambda::{
    Deadline,
    dispatch::Dispatch,
    message::OrderMessage,
    stream_batch::{EventRecord, StreamHandler},
};
use store::{OrderChange, StoreError};

/// The relay: sends the work of each kind of order to the queue of its worker.
#[derive(Debug)]
pub struct Relay<D> {
    /// Work of subscription orders.
    pub subscription_work: D,
    /// Work of carrier orders.
    pub carrier_work: D,
    /// Work of eSIM orders.
    pub esim_work: D,
    /// Orders that have something to tell.
    pub events: D,
}

/// Whether a change asks a worker for work: a new order does, and so does a step of a carrier
/// order that may call for the next one, or that leaves something to be passed on to a Seller
/// elsewhere. A lease that is taken or given back asks for nothing.
fn asks_for_work(change: &OrderChange) -> bool {
    match change.kind {
        OrderKind::Ecc | OrderKind::Esim => change.before.is_none(),
        OrderKind::Carrier => {
            let own =
                || change.release || ["ACKNOWLEDGED", "IN_PROGRESS"].contains(&&*change.status);
            change.stepped && change.passing.unwrap_or_else(own)
        }
    }
}

/// Body and delay.
type Message = (String, Duration);

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum To {
    /// To the worker for orders of this kind.
    Worker(OrderKind),
    /// To whoever tells of orders.
    Fanout,
}

/// What a record calls for: nothing, work, telling, or both.
fn messages(record: &EventRecord) -> Result<Vec<(To, Message)>, StoreError> {
    let images = &record.change;
    let change = OrderChange::of(images.old_image.clone(), images.new_image.clone())?;
    let Some(change) = change else { return Ok(Vec::new()) };
    let (works, tells) = (asks_for_work(&change), change.tells);
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
    let mut messages = Vec::with_capacity(2);
    if tells {
        messages.push((To::Fanout, (body.clone(), Duration::ZERO)));
    }
    if works {
        messages.push((To::Worker(kind), (body, wait)));
    }
    Ok(messages)
}

impl<D> Relay<D> {
    const fn queue(&self, to: To) -> &D {
        match to {
            To::Worker(OrderKind::Ecc) => &self.subscription_work,
            To::Worker(OrderKind::Carrier) => &self.carrier_work,
            To::Worker(OrderKind::Esim) => &self.esim_work,
            To::Fanout => &self.events,
        }
    }
}

impl<D: Dispatch> StreamHandler for Relay<D> {
    async fn handle(&self, records: &[EventRecord], _: Deadline) -> Vec<usize> {
        let mut failed = Vec::new();
        let mut batches: BTreeMap<To, (Vec<usize>, Vec<Message>)> = BTreeMap::new();
        for (position, record) in records.iter().enumerate() {
            match messages(record) {
                Ok(found) => {
                    for (to, message) in found {
                        let (positions, messages) = batches.entry(to).or_default();
                        positions.push(position);
                        messages.push(message);
                    }
                }
                Err(error) => {
                    tracing::error!(position, %error, "order not readable");
                    failed.push(position);
                }
            }
        }
        for (to, (positions, messages)) in batches {
            let unsent = self.queue(to).send(messages).await;
            failed.extend(unsent.into_iter().filter_map(|index| positions.get(index).copied()));
        }
        failed
    }
}
