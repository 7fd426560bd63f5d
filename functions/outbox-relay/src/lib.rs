//! The outbox: turns changes of orders into messages (`infra/docs/architecture.md`, *Outbox*).
//!
//! The relay knows no kinds of orders: the item says whether its worker is called and after what
//! delay, and its kind names the queue.
//!
//! Dies before sending: the stream gives the records again. Dies after it: they are sent twice,
//! and the worker finds the second message's work done. A record that cannot be relayed goes to
//! the on-failure queue, and its order is driven again by the sweeper.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{clock::Clock, order::OrderKind};
use lambda::{
    Deadline,
    dispatch::Dispatch,
    message::OrderMessage,
    stream_batch::{EventRecord, StreamHandler},
    system::SystemClock,
};
use store::{OrderChange, StoreError};
use time::OffsetDateTime;

/// The relay: sends the work of each kind of order to the queue of its worker.
pub struct Relay<D> {
    work: BTreeMap<OrderKind, D>,
    events: D,
    clock: Arc<dyn Clock>,
}

/// Body and delay.
type Message = (String, Duration);

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum To {
    /// To the worker for orders of this kind.
    Worker(OrderKind),
    /// To the fan-out, which publishes.
    Fanout,
}

/// What a record calls for: nothing, work, publishing, or both.
fn messages(record: &EventRecord, now: OffsetDateTime) -> Result<Vec<(To, Message)>, StoreError> {
    let images = &record.change;
    let change = OrderChange::of(images.old_image.clone(), images.new_image.clone())?;
    let Some(change) = change else { return Ok(Vec::new()) };
    let (publishes, work, kind) = (change.publishes, change.work(now), change.kind);
    let message = OrderMessage {
        order_id: change.id,
        revision: change.revision,
        correlation_id: change.correlation_id,
    };
    let body =
        serde_json::to_string(&message).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let mut messages = Vec::with_capacity(2);
    if publishes {
        messages.push((To::Fanout, (body.clone(), Duration::ZERO)));
    }
    if let Some(delay) = work {
        messages.push((To::Worker(kind), (body, delay)));
    }
    Ok(messages)
}

impl<D: Dispatch> Relay<D> {
    /// Sends the work of each kind to its queue, and what has to be published to `events`.
    pub fn new(work: BTreeMap<OrderKind, D>, events: D) -> Self {
        Self { work, events, clock: Arc::new(SystemClock) }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sends messages to one queue. Returns the indexes of those that were not taken.
    async fn send(&self, to: To, messages: Vec<Message>) -> Vec<usize> {
        let queue = match to {
            To::Worker(kind) => self.work.get(&kind),
            To::Fanout => Some(&self.events),
        };
        match queue {
            Some(queue) => queue.send(messages).await,
            None => {
                tracing::error!(?to, "no queue for this kind of order");
                (0..messages.len()).collect()
            }
        }
    }
}

impl<D: Dispatch> StreamHandler for Relay<D> {
    async fn handle(&self, records: &[EventRecord], _: Deadline) -> Vec<usize> {
        let (now, mut failed) = (self.clock.now(), Vec::new());
        let mut batches: BTreeMap<To, (Vec<usize>, Vec<Message>)> = BTreeMap::new();
        for (position, record) in records.iter().enumerate() {
            match messages(record, now) {
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
            let unsent = self.send(to, messages).await;
            failed.extend(unsent.into_iter().filter_map(|index| positions.get(index).copied()));
        }
        failed
    }
}
