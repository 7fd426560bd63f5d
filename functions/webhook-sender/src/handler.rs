use std::sync::Arc;

use domain::{
    clock::{Clock, RandomSource},
    webhook::{
        self, Abandoned, AttemptResult, Concurrency, Delivery, LoggedAttempt, MessageId, Wait,
    },
};
use lambda::{
    dispatch::Dispatch,
    message::DeliveryMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::{SystemClock, SystemRandom},
    telemetry::Metric,
};
use store::{
    Acquired, DynamoBacklog, DynamoSending, EndpointHealth, HeldSlots, NextAttempt, StoreError,
    StoredDelivery, Table,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    Attempted, Config, DeliveryTransport, Destination,
    receiver::{Receiver, Receivers},
    timing::{predecessor, too_early},
};

/// How long a slot is held: an attempt takes at most 15 seconds, and storing its result has its
/// time-outs.
const LEASE: Duration = Duration::seconds(40);
/// Receives for which a message waits in the queue for a slot of a receiver that is well.
const SLOT_RECEIVES: u32 = 2;
/// Receives for which a message lets its predecessor go first. After that, the predecessor's own
/// message is lost, and the watchdog will dispatch it.
const ORDER_RECEIVES: u32 = 4;
/// The wait before such a message is received again.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);
/// The same for a delivery in the backlog.
const BACKLOG_PAUSE: Duration = Duration::seconds(15);
/// How often a slot is asked for that was released while a message was about to wait for it.
const ACQUISITIONS: u32 = 3;
/// Deliveries of its backlog that are dispatched when a receiver is well again.
const RECOVERY: usize = 8;

/// Makes one attempt of one delivery at a time.
///
/// A message is consumed by its attempt, or leaves its delivery in the backlog of a receiver
/// whose slots are held; whoever releases a slot dispatches the next delivery of the backlog. So
/// a waiting delivery has at most one message, and a receiver that hangs has as many messages as
/// it may have attempts in flight.
///
/// What happens when the process dies: before the attempt, nothing was done; the slot is free
/// when its lease ends, and the message is received again. After the attempt, it is made once
/// more: delivery is at least once. Once its result is stored, the sweeper finds the next attempt
/// due if its message was not sent, and dispatches the next delivery of a backlog whose slot
/// nobody holds. A second message for an attempt that was made changes nothing.
pub struct WebhookSender<T, D> {
    sending: DynamoSending,
    backlog: DynamoBacklog,
    receivers: Receivers,
    transport: T,
    queue: D,
    watchdog: Duration,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
}

/// What an attempt leaves behind.
struct Finished {
    outcome: Outcome,
    /// Whether the delivery is in the backlog now.
    in_backlog: bool,
    /// Deliveries of the backlog that may take its turn.
    successors: usize,
}

impl Finished {
    fn with(outcome: Outcome) -> Self {
        Self { outcome, in_backlog: false, successors: 1 }
    }
}

impl<T: DeliveryTransport, D: Dispatch> WebhookSender<T, D> {
    /// Sends the messages of the next attempts by `queue`.
    pub fn new(table: Table, transport: T, queue: D, config: &Config) -> Self {
        Self {
            sending: DynamoSending::new(table.clone()),
            backlog: DynamoBacklog::new(table.clone()),
            receivers: Receivers::new(table),
            transport,
            queue,
            watchdog: config.watchdog,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// With another clock and random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.clock = clock;
        self.random = random;
        self
    }

    async fn send(
        &self,
        message: &DeliveryMessage,
        record: &RecordContext,
    ) -> Result<Outcome, StoreError> {
        let receiver = match self.receivers.get(message).await? {
            Ok(receiver) => receiver,
            Err(why) => return self.abandon(message, why).await,
        };
        let names = (&message.endpoint_id, &message.message_id);
        let concurrency = receiver.concurrency(self.clock.now());
        let owner = Uuid::new_v4().simple().to_string();
        for _ in 0..ACQUISITIONS {
            let now = self.clock.now();
            let acquired = self.sending.acquire(names, concurrency, &owner, LEASE, now).await?;
            let busy = match acquired {
                Acquired::Held(held) => {
                    return self.under_slot(message, record, &receiver, &held).await;
                }
                Acquired::Busy(slot) => slot,
            };
            // An attempt takes milliseconds where the receiver is well: cheaper than the backlog.
            if concurrency == Concurrency::Full && record.receive_count <= SLOT_RECEIVES {
                return Ok(Outcome::retry_after("slot held", PAUSE));
            }
            // First the backlog, then the mark: whoever finds the mark finds the delivery.
            if !self.backlog.join(names, message.attempt(), None).await?
                || self.sending.mark(&busy, names.1, self.clock.now()).await?
            {
                return Ok(Outcome::Done);
            }
        }
        Ok(Outcome::retry_after("slot contended", PAUSE))
    }

    /// Makes the attempt, releases the slot whatever came of it, and dispatches what waits for it.
    async fn under_slot(
        &self,
        message: &DeliveryMessage,
        record: &RecordContext,
        receiver: &Receiver,
        held: &HeldSlots,
    ) -> Result<Outcome, StoreError> {
        let finished = self.deliver(message, record, receiver, held).await;
        let in_backlog = finished.as_ref().is_ok_and(|finished| finished.in_backlog);
        let waits = in_backlog.then_some(&message.message_id);
        let known = match self.sending.release(held, waits, self.clock.now()).await {
            Ok(mark) => mark,
            Err(error) => {
                tracing::warn!(%error, "slot not released; its lease ends by itself");
                None
            }
        };
        let finished = finished?;
        // A message that comes again dispatches its successor then.
        let is_last = message.from_backlog && finished.outcome == Outcome::Done;
        if known.is_some() || is_last {
            let serves = |next: &MessageId| held.serves(next);
            self.dispatch_next(message, serves, known.as_ref(), finished.successors).await;
        }
        Ok(finished.outcome)
    }

    /// Dispatches the next deliveries of the backlog, at most `most`. What fails here is the
    /// sweeper's.
    async fn dispatch_next(
        &self,
        message: &DeliveryMessage,
        prefers: impl Fn(&MessageId) -> bool,
        known: Option<&MessageId>,
        most: usize,
    ) {
        for _ in 0..most {
            let now = self.clock.now();
            let due = now + self.watchdog;
            match self.backlog.take(&message.endpoint_id, &prefers, known, now, due).await {
                Ok(Some(next)) => {
                    let StoredDelivery { delivery, tenant, correlation_id, .. } = &next;
                    let next = DeliveryMessage::of(delivery, tenant, correlation_id).from_backlog();
                    self.queue.dispatch(vec![(next.to_body(), std::time::Duration::ZERO)]).await;
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(%error, "next delivery of the backlog not dispatched");
                    return;
                }
            }
        }
    }

    async fn deliver(
        &self,
        message: &DeliveryMessage,
        record: &RecordContext,
        receiver: &Receiver,
        held: &HeldSlots,
    ) -> Result<Finished, StoreError> {
        let names = (&message.endpoint_id, &message.message_id);
        // Read under the slot: another message for this attempt may just have made it.
        let Some(stored) = self.sending.get(names.0, names.1).await? else {
            return Ok(Finished::with(Outcome::Done));
        };
        let now = self.clock.now();
        if stored.delivery.attempt != message.attempt() {
            return Ok(Finished::with(Outcome::Done));
        }
        if stored.delivery.due(now).is_none() {
            return Ok(Finished::with(too_early(&stored.delivery, now)));
        }
        let Some(destination) = receiver.destination(&stored) else {
            self.store_abandoned(&stored, Abandoned::EndpointDeleted).await?;
            return Ok(Finished::with(Outcome::Done));
        };
        if self.is_behind(&stored).await? {
            if held.is_gated() {
                let not_before = Some(now + BACKLOG_PAUSE);
                let in_backlog = self.backlog.join(names, message.attempt(), not_before).await?;
                return Ok(Finished { in_backlog, ..Finished::with(Outcome::Done) });
            }
            if record.receive_count <= ORDER_RECEIVES {
                let outcome = Outcome::retry_after("an earlier message goes first", PAUSE);
                return Ok(Finished::with(outcome));
            }
        }
        self.attempt(&stored, receiver, &destination, held).await
    }

    /// Whether the message of the previous status change of the order was never attempted. One
    /// that was, and failed, stops nobody: its receiver orders by `sequence`.
    async fn is_behind(&self, stored: &StoredDelivery) -> Result<bool, StoreError> {
        let Some(before) = predecessor(stored) else { return Ok(false) };
        let before = self.sending.get(&stored.delivery.endpoint, &before).await?;
        Ok(before.is_some_and(|before| {
            before.attempts.is_empty() && before.delivery.waits(self.clock.now()).is_some()
        }))
    }

    /// Ends a delivery to a receiver that gets nothing any more, and continues with its backlog.
    async fn abandon(
        &self,
        message: &DeliveryMessage,
        why: Abandoned,
    ) -> Result<Outcome, StoreError> {
        let stored = self.sending.get(&message.endpoint_id, &message.message_id).await?;
        if let Some(stored) = stored.filter(|read| read.delivery.attempt == message.attempt()) {
            self.store_abandoned(&stored, why).await?;
        }
        if message.from_backlog {
            self.dispatch_next(message, |_| true, None, 1).await;
        }
        Ok(Outcome::Done)
    }

    async fn store_abandoned(
        &self,
        stored: &StoredDelivery,
        why: Abandoned,
    ) -> Result<(), StoreError> {
        if let Some(after) = stored.delivery.abandoned(why, self.clock.now()) {
            self.sending.finish(stored, &after, None, None).await?;
            count(why.as_str());
        }
        Ok(())
    }

    async fn attempt(
        &self,
        stored: &StoredDelivery,
        receiver: &Receiver,
        destination: &Destination,
        held: &HeldSlots,
    ) -> Result<Finished, StoreError> {
        let delivery = &stored.delivery;
        let (message_id, body) = (&delivery.message, stored.body.clone());
        let began = self.clock.now();
        let Attempted { outcome, result, took } =
            self.transport.deliver(destination, message_id, body, began).await;
        let now = self.clock.now();
        let attempt = delivery.attempt;
        let Ok(after) = delivery.finished(attempt, &outcome, now, self.random.generate()) else {
            return Ok(Finished::with(Outcome::Done));
        };
        let log = LoggedAttempt { attempt, at: now, result, took };
        let next = self.next_attempt(&after, held, now);
        let is_stored = self.sending.finish(stored, &after, Some(&log), next).await?;
        let (endpoint_id, number) = (delivery.endpoint.as_str(), attempt.number);
        let (message_id, id) = (message_id.as_str(), &stored.correlation_id);
        tracing::info!(message_id, endpoint_id, correlation_id = id, number, ?result, "attempt");
        count(match result {
            AttemptResult::Answered(200..=299) => "delivered",
            AttemptResult::Answered(_) => "refused",
            AttemptResult::Failed(why) => why,
        });
        if is_stored {
            self.schedule(stored, &after, now).await;
        }
        let concurrency = self.store_health(receiver, &outcome, took, now).await?;
        let recovered = held.is_gated() && concurrency == Concurrency::Full;
        Ok(Finished {
            outcome: Outcome::Done,
            in_backlog: is_stored && matches!(next, Some(NextAttempt::Backlog(_))),
            successors: if recovered { RECOVERY } else { 1 },
        })
    }

    /// Where the next attempt waits besides its message, or without one. At a receiver that is
    /// slow or fails it waits in the backlog: the sweeper then has one slot to look at, and not
    /// every delivery.
    fn next_attempt(
        &self,
        after: &Delivery,
        held: &HeldSlots,
        now: OffsetDateTime,
    ) -> Option<NextAttempt> {
        match after.waits(now)? {
            Wait::Table { next_at } if held.is_gated() => Some(NextAttempt::Backlog(next_at)),
            Wait::Table { next_at } => Some(NextAttempt::Due(next_at)),
            // Only if its message is lost.
            Wait::Queue { seconds } => {
                let arrives = now + Duration::seconds(seconds.into());
                Some(NextAttempt::Due(arrives + self.watchdog))
            }
        }
    }

    /// Sends the message of the next attempt when it is near. A message that is not taken is the
    /// watchdog's.
    async fn schedule(&self, stored: &StoredDelivery, after: &Delivery, now: OffsetDateTime) {
        if let Some(Wait::Queue { seconds }) = after.waits(now) {
            let message = DeliveryMessage::of(after, &stored.tenant, &stored.correlation_id);
            let delay = std::time::Duration::from_secs(seconds.into());
            self.queue.dispatch(vec![(message.to_body(), delay)]).await;
        }
    }

    /// Stores how the receiver responded; how many attempts may be in flight from now on.
    async fn store_health(
        &self,
        receiver: &Receiver,
        outcome: &webhook::Outcome,
        took: Duration,
        now: OffsetDateTime,
    ) -> Result<Concurrency, StoreError> {
        let due = now + self.watchdog;
        let (disabled, planned) =
            match self.receivers.attempted(receiver, outcome, took, now, due).await? {
                EndpointHealth::Changed(health) => return Ok(health.concurrency(now)),
                EndpointHealth::Disabled(disabled, planned) => (disabled, planned),
            };
        if let Receiver::Endpoint(endpoint) = receiver {
            let (endpoint_id, tenant) = (endpoint.id.as_str(), endpoint.tenant.as_str());
            let why = disabled.why.as_str();
            tracing::warn!(endpoint_id, tenant, why, "endpoint disabled");
        }
        Metric::count("EndpointsDisabled", 1).emit();
        let messages = planned.iter().map(|planned| {
            let StoredDelivery { delivery, tenant, correlation_id, .. } = planned;
            let message = DeliveryMessage::of(delivery, tenant, correlation_id);
            (message.to_body(), std::time::Duration::ZERO)
        });
        self.queue.dispatch(messages.collect()).await;
        Ok(Concurrency::Failing)
    }
}

fn count(outcome: &'static str) {
    Metric::count("Deliveries", 1).by("outcome", outcome).emit();
}

impl<T: DeliveryTransport, D: Dispatch> RecordHandler for WebhookSender<T, D> {
    type Message = DeliveryMessage;

    async fn handle(&self, message: DeliveryMessage, record: &RecordContext) -> Outcome {
        self.send(&message, record).await.unwrap_or_else(Outcome::from)
    }
}
