use std::sync::Arc;

use domain::{
    clock::{Clock, RandomSource},
    webhook::{Abandoned, Concurrency, EndpointId, MessageId},
};
use lambda::{
    dispatch::Dispatch,
    message::DeliveryMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::{SystemClock, SystemRandom},
};
use store::{
    Acquired, DynamoBacklog, DynamoSending, HeldSlots, Joined, StoreError, StoredDelivery, Table,
};
use time::Duration;
use uuid::Uuid;

use crate::{
    Config, DeliveryTransport, first,
    receiver::{Receiver, Receivers},
    result::count,
    timing::{preceding, predecessor, too_early},
};

/// How long a slot is held: an attempt takes at most 15 seconds, and storing its result has its
/// time-outs.
pub(crate) const LEASE: Duration = Duration::seconds(40);
/// Receives for which a message waits in the queue for a slot of a receiver that is well.
const SLOT_RECEIVES: u32 = 2;
/// Receives for which a message lets its predecessor go first. After that, the predecessor's own
/// message is lost, and the watchdog will dispatch it.
const ORDER_RECEIVES: u32 = 4;
/// The wait before such a message is received again.
pub(crate) const PAUSE: std::time::Duration = std::time::Duration::from_secs(1);
/// The same while an attempt is in flight whose sender may have died: within the receives of a
/// message, its lease ends.
const LEASE_PAUSE: std::time::Duration = std::time::Duration::from_secs(10);
/// The same for a delivery in the backlog.
const BACKLOG_PAUSE: Duration = Duration::seconds(15);
/// How often a slot is asked for that was released while a message was about to wait for it.
const ACQUISITIONS: u32 = 3;
/// Deliveries of its backlog that are dispatched when a receiver is well again.
pub(crate) const RECOVERY: usize = 8;

/// Makes one attempt of one delivery at a time.
///
/// A first attempt at a receiver that is well needs no slot (`first.rs`). In every other case a
/// message is consumed by its attempt, or leaves its delivery in the backlog of a receiver
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
    pub(crate) sending: DynamoSending,
    backlog: DynamoBacklog,
    pub(crate) receivers: Receivers,
    pub(crate) transport: T,
    pub(crate) queue: D,
    pub(crate) watchdog: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn RandomSource>,
}

/// What goes before a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ahead {
    /// A message that was never attempted.
    Waits,
    /// A first attempt that may be in flight.
    InFlight,
}

/// How an attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner<'a> {
    /// The first one of a delivery to a receiver that is well, without a slot.
    First,
    /// Under a slot, and a gate besides where the receiver is slow or fails.
    Slot(&'a HeldSlots),
}

impl<'a> Manner<'a> {
    /// What is held of a receiver that is slow or fails.
    pub(crate) fn gated(self) -> Option<&'a HeldSlots> {
        match self {
            Self::First => None,
            Self::Slot(held) => Some(held).filter(|held| held.is_gated()),
        }
    }
}

/// What an attempt leaves behind.
pub(crate) struct Finished {
    pub(crate) outcome: Outcome,
    /// Deliveries of the backlog that may take its turn.
    pub(crate) successors: usize,
}

impl Finished {
    pub(crate) fn with(outcome: Outcome) -> Self {
        Self { outcome, successors: 1 }
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
        if let Some(first) = &message.first {
            let Some(planned) = first::planned(message, first) else {
                return Ok(Outcome::poison("no such status change"));
            };
            if let Some(outcome) = self.send_first(message, first.index, &planned).await? {
                return Ok(outcome);
            }
            // Dies here: the message is received again, and finds it stored.
            self.sending.plan(&planned, self.clock.now() + self.watchdog).await?;
        }
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
            let now = self.clock.now();
            match self.backlog.join(names, message.attempt(), None, &busy, now).await? {
                Joined::Done | Joined::NotAwaited => return Ok(Outcome::Done),
                Joined::Released => {}
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
        let known = match self.sending.release(held).await {
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
            let endpoint = &message.endpoint_id;
            self.dispatch_next(endpoint, serves, known.as_ref(), finished.successors).await;
        }
        Ok(finished.outcome)
    }

    /// Dispatches the next deliveries of the backlog, at most `most`. What fails here is the
    /// sweeper's.
    pub(crate) async fn dispatch_next(
        &self,
        endpoint: &EndpointId,
        prefers: impl Fn(&MessageId) -> bool,
        known: Option<&MessageId>,
        most: usize,
    ) {
        for _ in 0..most {
            let now = self.clock.now();
            let due = now + self.watchdog;
            match self.backlog.take(endpoint, &prefers, known, now, due).await {
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
        if stored.is_leased(now) {
            // Another message makes the first attempt, without a slot.
            return Ok(Finished::with(Outcome::retry_after("attempt in flight", LEASE_PAUSE)));
        }
        if let Some(ahead) = self.ahead(&stored, message.after).await? {
            if held.is_gated() {
                let not_before = Some(now + BACKLOG_PAUSE);
                let (attempt, slot) = (message.attempt(), held.awaited());
                let joined = self.backlog.join(names, attempt, not_before, slot, now).await?;
                return Ok(Finished::with(match joined {
                    Joined::Done | Joined::NotAwaited => Outcome::Done,
                    Joined::Released => Outcome::retry_after("gate lost", PAUSE),
                }));
            }
            let pause = match ahead {
                Ahead::InFlight if record.receive_count > ORDER_RECEIVES => Some(LEASE_PAUSE),
                _ => (record.receive_count <= ORDER_RECEIVES).then_some(PAUSE),
            };
            if let Some(pause) = pause {
                let outcome = Outcome::retry_after("an earlier message goes first", pause);
                return Ok(Finished::with(outcome));
            }
        }
        let (id, body) = (&stored.delivery.message, stored.body.clone());
        let (began, goes_on) = (self.clock.now(), std::future::ready(true));
        let attempted = self.transport.deliver(&destination, id, body, began, goes_on).await;
        self.store_attempt(&stored, receiver, attempted, Manner::Slot(held)).await
    }

    /// The message that goes first, if there is one that was never attempted: `after` is the one
    /// that was sent before, where that is known. One that was attempted, and failed, stops
    /// nobody: its receiver orders by `sequence`.
    async fn ahead(
        &self,
        stored: &StoredDelivery,
        after: Option<u64>,
    ) -> Result<Option<Ahead>, StoreError> {
        let message = &stored.delivery.message;
        let before = match after {
            Some(sequence) => preceding(message, sequence),
            None => predecessor(stored),
        };
        let Some(before) = before else { return Ok(None) };
        let now = self.clock.now();
        Ok(match self.sending.get(&stored.delivery.endpoint, &before).await? {
            // Its message was sent, and is not handled yet.
            None => after.map(|_| Ahead::Waits),
            Some(before) if before.is_leased(now) => Some(Ahead::InFlight),
            Some(before) if !before.attempts.is_empty() => None,
            Some(before) => before.delivery.waits(now).map(|_| Ahead::Waits),
        })
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
            self.dispatch_next(&message.endpoint_id, |_| true, None, 1).await;
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
}

impl<T: DeliveryTransport, D: Dispatch> RecordHandler for WebhookSender<T, D> {
    type Message = DeliveryMessage;

    async fn handle(&self, message: DeliveryMessage, record: &RecordContext) -> Outcome {
        self.send(&message, record).await.unwrap_or_else(Outcome::from)
    }
}
