//! Marks the orders of dead letters as needing intervention, so that no subscription is blocked
//! in silence (`reliability.md`, *Settings*). The letters stay in their queue: they are the
//! operator's, to look at and to drive again.

use std::{collections::HashSet, error::Error, sync::Arc, time::Duration};

use aws::{QueueError, Received, WorkQueue};
use domain::clock::Clock;
use lambda::{Deadline, message::OrderMessage, scheduled::Job, system::SystemClock};
use store::{DynamoWatchdog, StoreError};

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

    async fn read_through(
        &self,
        queue: &Q,
        deadline: Deadline,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (mut seen, mut idle) = (HashSet::new(), 0);
        while idle < IDLE_RECEIVES && deadline.remaining() > HIDDEN {
            let letters = queue.receive(HIDDEN).await?;
            let mut new = false;
            for letter in letters {
                if seen.insert(letter.message_id.clone()) {
                    new = true;
                    self.look_at(&letter).await?;
                }
            }
            idle = if new { 0 } else { idle + 1 };
        }
        if !seen.is_empty() {
            tracing::warn!(letters = seen.len(), "dead letters");
        }
        Ok(())
    }

    async fn look_at(&self, letter: &Received) -> Result<(), StoreError> {
        let message_id = &letter.message_id;
        let Ok(message) = serde_json::from_str::<OrderMessage>(&letter.body) else {
            tracing::warn!(message_id, "dead letter that names no order");
            return Ok(());
        };
        let order_id = &message.order_id;
        let Some(order) = self.orders.get(order_id).await? else {
            tracing::warn!(message_id, order_id, "dead letter of no order");
            return Ok(());
        };
        let why = "its message could not be handled and is a dead letter";
        if self.orders.mark_needs_intervention(&order, why, self.clock.now()).await? {
            let correlation_id = &order.correlation_id;
            tracing::error!(order_id, correlation_id, "order needs intervention");
        }
        Ok(())
    }
}

impl<Q: DeadLetterQueue> Job for DeadLetterConsumer<Q> {
    async fn run(&self, deadline: Deadline) -> Result<(), Box<dyn Error + Send + Sync>> {
        for queue in &self.queues {
            // Boxed: the future of the whole exceeds the depth limit of the compiler's queries.
            Box::pin(self.read_through(queue, deadline)).await?;
        }
        Ok(())
    }
}
