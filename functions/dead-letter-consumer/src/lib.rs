//! Marks the orders of dead letters as needing intervention, so that no subscription is blocked
//! in silence (`infra/docs/reliability.md`, *Settings*). The letters stay in their queue: they are
//! the operator's, to look at and to drive again.

mod start;

use std::{collections::HashSet, error::Error, sync::Arc, time::Duration};

use aws::{QueueError, Received, WorkQueue};
use domain::clock::Clock;
use futures::future::join_all;
use lambda::{
    Deadline,
    message::OrderMessage,
    scheduled::Job,
    system::SystemClock,
    telemetry::{About, name_tenant},
};
use store::{DynamoWatchdog, StoreError};
use tracing::Instrument as _;

pub use start::start;

type RunError = Box<dyn Error + Send + Sync>;

/// How long a letter that was looked at stays hidden: short, so that the operator finds it, and
/// long enough to get past it to the next ones.
const HIDDEN: Duration = Duration::from_secs(10);
/// Receives without anything new after which a queue counts as read through.
const IDLE_RECEIVES: u32 = 2;

/// Receives dead letters: a port, so that the consumer runs in process without a queue.
pub trait DeadLetterQueue: Send + Sync + 'static {
    /// Receives up to ten messages without waiting; each is then hidden for `hidden`.
    fn receive(
        &self,
        hidden: Duration,
    ) -> impl Future<Output = Result<Vec<Received>, QueueError>> + Send;
}

impl DeadLetterQueue for WorkQueue {
    async fn receive(&self, hidden: Duration) -> Result<Vec<Received>, QueueError> {
        Self::receive(self, 10, hidden).await
    }
}

/// The consumer.
pub struct DeadLetterConsumer<Q> {
    orders: DynamoWatchdog,
    queues: Vec<Q>,
    clock: Arc<dyn Clock>,
}

impl<Q: DeadLetterQueue> DeadLetterConsumer<Q> {
    /// Of these dead-letter queues.
    pub fn new(orders: DynamoWatchdog, queues: Vec<Q>) -> Self {
        Self { orders, queues, clock: Arc::new(SystemClock) }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Reads one queue until it has nothing new, or the time is over. One letter or receive that
    /// fails keeps no other from being read.
    async fn read_through(&self, queue: &Q, deadline: Deadline) -> Result<(), RunError> {
        let (mut seen, mut idle, mut failure) = (HashSet::new(), 0, None);
        while idle < IDLE_RECEIVES && deadline.remaining() > HIDDEN {
            let mut new = match queue.receive(HIDDEN).await {
                Ok(letters) => letters,
                Err(error) => {
                    tracing::warn!(%error, "dead letters not received");
                    failure = Some(error.into());
                    Vec::new()
                }
            };
            new.retain(|letter| seen.insert(letter.message_id.clone()));
            idle = if new.is_empty() { idle + 1 } else { 0 };
            for read in join_all(new.iter().map(|letter| self.look_at(letter))).await {
                if let Err(error) = read {
                    failure = Some(error.into());
                }
            }
        }
        if !seen.is_empty() {
            tracing::warn!(letters = seen.len(), "dead letters");
        }
        failure.map_or(Ok(()), Err)
    }

    /// Handles a letter, within the span of what it is about.
    async fn look_at(&self, letter: &Received) -> Result<(), StoreError> {
        let handled = async {
            let looked_at = self.mark(letter).await;
            if let Err(error) = &looked_at {
                let message_id = &letter.message_id;
                tracing::error!(message_id, %error, "dead letter not handled");
            }
            looked_at
        };
        handled.instrument(About::of_message(&letter.body).span()).await
    }

    /// Marks the order of a letter, unless it has moved on since its message was sent. The letter
    /// is read again every minute until it is deleted: if it marked an order that waits, the
    /// sweeper would never call the worker at the end of the wait.
    async fn mark(&self, letter: &Received) -> Result<(), StoreError> {
        let message_id = &letter.message_id;
        let Ok(message) = serde_json::from_str::<OrderMessage>(&letter.body) else {
            tracing::warn!(message_id, "dead letter that names no order");
            return Ok(());
        };
        let Some(order) = self.orders.get(&message.order_id).await? else {
            tracing::warn!(message_id, "dead letter of no order");
            return Ok(());
        };
        order.tenant.iter().for_each(|tenant| name_tenant(tenant.as_str()));
        if !order.is_open_call(message.revision) {
            tracing::debug!(message_id, "dead letter of an order that has moved on");
            return Ok(());
        }
        let why = "its message could not be handled and is a dead letter";
        if self.orders.mark_needs_intervention(&order, why, self.clock.now()).await? {
            tracing::error!(message_id, why, "order needs intervention");
        }
        Ok(())
    }
}

impl<Q: DeadLetterQueue> Job for DeadLetterConsumer<Q> {
    /// Reads all queues at the same time: one with many letters, or one that cannot be reached,
    /// takes no time from the others.
    async fn run(&self, deadline: Deadline) -> Result<(), RunError> {
        // Boxed: the future of the whole exceeds the depth limit of the compiler's queries.
        let queues = self.queues.iter().map(|queue| Box::pin(self.read_through(queue, deadline)));
        join_all(queues).await.into_iter().collect()
    }
}
