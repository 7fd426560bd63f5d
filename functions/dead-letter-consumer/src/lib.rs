//! Marks the orders of dead letters as needing intervention, so that no subscription is blocked
//! in silence (`reliability.md`, *Settings*). The letters stay in their queue: they are the
//! operator's, to look at and to drive again.

use std::{collections::HashSet, error::Error, sync::Arc, time::Duration};

use aws::{Received, WorkQueue};
use domain::clock::Clock;
use lambda::{Deadline, message::OrderMessage, scheduled::Job, system::SystemClock};
use store::{DynamoWatchdog, StoreError};

/// How long a letter that was looked at stays hidden: short, so that the operator finds it, and
/// long enough to get past it to the next ones.
const HIDDEN: Duration = Duration::from_secs(10);
/// Receives without anything new after which a queue counts as read through.
const IDLE_RECEIVES: u32 = 2;

/// The consumer.
pub struct DeadLetterConsumer {
    orders: DynamoWatchdog,
    queues: Vec<WorkQueue>,
    clock: Arc<dyn Clock>,
}

impl DeadLetterConsumer {
    /// Of these dead-letter queues.
    pub fn new(orders: DynamoWatchdog, queues: Vec<WorkQueue>) -> Self {
        Self { orders, queues, clock: Arc::new(SystemClock) }
    }

    async fn read_through(
        &self,
        queue: &WorkQueue,
        deadline: Deadline,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (mut seen, mut idle) = (HashSet::new(), 0);
        while idle < IDLE_RECEIVES && deadline.remaining() > HIDDEN {
            let letters = queue.receive(10, HIDDEN).await?;
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
        if self.orders.leave_to_a_person(&order, why, self.clock.now()).await? {
            let correlation_id = &order.correlation_id;
            tracing::error!(order_id, correlation_id, "order needs intervention");
        }
        Ok(())
    }
}

impl Job for DeadLetterConsumer {
    async fn run(&self, deadline: Deadline) -> Result<(), Box<dyn Error + Send + Sync>> {
        for queue in &self.queues {
            self.read_through(queue, deadline).await?;
        }
        Ok(())
    }
}
