use std::sync::Arc;

use domain::{
    clock::{Clock, RandomSource},
    webhook::{Abandoned, Delivery, Endpoint, LoggedAttempt, MessageId, Wait},
};
use lambda::{
    dispatch::Dispatch,
    message::DeliveryMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::{SystemClock, SystemRandom},
    telemetry::Metric,
};
use store::{
    DeliveryLane, DynamoEndpoints, DynamoParties, DynamoSending, EndpointHealth, StoreError,
    StoredDelivery, Table,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{Attempted, Config, Courier, Destination};

/// How long a lane is held: an attempt takes at most 15 seconds, and storing what it came to has
/// its time-outs.
const LANE: Duration = Duration::seconds(40);
/// Receives for which a message lets the one before it go first. After that, that one's own
/// message is lost, and the watchdog will send it.
const PATIENT_RECEIVES: u32 = 4;
/// The shortest wait of a message whose lane is taken, or whose turn it is not.
const IN_LINE: std::time::Duration = std::time::Duration::from_secs(1);

/// Makes one attempt of one delivery at a time.
///
/// What happens when the process dies: before the attempt, nothing has; the lane is free again
/// after its time, and the message comes back. After the attempt, it is made once more: at least
/// once is the promise. After it was stored, the next attempt is found due by the sweeper if its
/// message was not sent. A second message for an attempt that was made changes nothing.
pub struct WebhookSender<C, D> {
    sending: DynamoSending,
    endpoints: DynamoEndpoints,
    parties: DynamoParties,
    courier: C,
    queue: D,
    watchdog: Duration,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
}

impl<C: Courier, D: Dispatch> WebhookSender<C, D> {
    /// Sends the messages of the next attempts by `queue`.
    pub fn new(table: Table, courier: C, queue: D, config: &Config) -> Self {
        Self {
            sending: DynamoSending::new(table.clone()),
            parties: DynamoParties::new(table.clone()),
            endpoints: DynamoEndpoints::new(table),
            courier,
            queue,
            watchdog: config.watchdog,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// With another clock and another random source: for tests.
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
        let (endpoint_id, message_id) = (&message.endpoint_id, &message.message_id);
        let Some(stored) = self.sending.get(endpoint_id, message_id).await? else {
            return Ok(Outcome::Done);
        };
        let now = self.clock.now();
        if stored.delivery.attempt != message.attempt() {
            return Ok(Outcome::Done);
        }
        if stored.delivery.due(now).is_none() {
            return Ok(too_early(&stored.delivery, now));
        }
        let receiver = match self.receiver(message, &stored).await? {
            Ok(receiver) => receiver,
            Err(why) => return self.abandon(&stored, why, now).await,
        };
        if self.is_behind(&stored).await? {
            if receiver.fails() {
                return Ok(self.queue_again(message, true).await);
            }
            if record.receive_count <= PATIENT_RECEIVES {
                return Ok(Outcome::retry_after("an earlier message goes first", IN_LINE));
            }
        }
        let owner = Uuid::new_v4().simple().to_string();
        let lane = DeliveryLane::of(&stored, receiver.fails());
        if !self.sending.enter(&lane, &owner, LANE, now).await? {
            return Ok(self.queue_again(message, receiver.fails()).await);
        }
        let done = self.attempt(&stored, &receiver).await;
        if let Err(error) = self.sending.leave(&lane, &owner).await {
            tracing::warn!(%error, "lane not left; its time ends by itself");
        }
        done
    }

    /// Whom the delivery goes to, or why to nobody.
    async fn receiver(
        &self,
        message: &DeliveryMessage,
        stored: &StoredDelivery,
    ) -> Result<Result<Receiver, Abandoned>, StoreError> {
        if let Some(push) = &stored.push {
            let party = self.parties.get(&push.party).await?;
            let base = party.and_then(|party| party.callback_base);
            let shown = self.parties.credentials(&push.party).await?;
            let destination =
                base.zip(shown).and_then(|(base, shown)| Destination::party(&base, push, shown));
            return Ok(match destination {
                Some(destination) => Ok(Receiver { destination, endpoint: None }),
                None => Err(Abandoned::EndpointDeleted),
            });
        }
        let found = self.endpoints.find(&message.tenant, &message.endpoint_id).await?;
        Ok(match found {
            None => Err(Abandoned::EndpointDeleted),
            Some(endpoint) if endpoint.health.is_disabled() => Err(Abandoned::EndpointDisabled),
            Some(endpoint) => {
                let destination = Destination::endpoint(&endpoint);
                Ok(Receiver { destination, endpoint: Some(endpoint) })
            }
        })
    }

    /// Whether a message of an earlier state of the same order was never tried. One that was, and
    /// failed, holds nobody up: the next state is news, and its receiver orders by `sequence`.
    async fn is_behind(&self, stored: &StoredDelivery) -> Result<bool, StoreError> {
        let Some(before) = message_before(stored) else { return Ok(false) };
        let before = self.sending.get(&stored.delivery.endpoint, &before).await?;
        Ok(before.is_some_and(|before| {
            before.attempts.is_empty() && before.delivery.waits(self.clock.now()).is_some()
        }))
    }

    /// It is not its turn. As a message of its own, because a line may be longer than the ten
    /// receives that a message has; far apart while the endpoint fails.
    async fn queue_again(&self, message: &DeliveryMessage, fails: bool) -> Outcome {
        let spread = std::time::Duration::from_secs(self.random.generate() % 15);
        let delay = if fails { IN_LINE * 15 + spread } else { IN_LINE };
        if self.queue.dispatch(vec![(message.to_body(), delay)]).await {
            Outcome::Done
        } else {
            Outcome::retry("another message is on its way")
        }
    }

    async fn abandon(
        &self,
        stored: &StoredDelivery,
        why: Abandoned,
        now: OffsetDateTime,
    ) -> Result<Outcome, StoreError> {
        if let Some(after) = stored.delivery.abandoned(why, now) {
            self.sending.finish(stored, &after, None, None).await?;
            count(why.as_str());
        }
        Ok(Outcome::Done)
    }

    async fn attempt(
        &self,
        stored: &StoredDelivery,
        receiver: &Receiver,
    ) -> Result<Outcome, StoreError> {
        let delivery = &stored.delivery;
        let (message_id, body) = (&delivery.message, stored.body.clone());
        // Seconds may have passed in line: it is signed with the time at which it goes.
        let began = self.clock.now();
        let Attempted { outcome, result, took } =
            self.courier.deliver(&receiver.destination, message_id, body, began).await;
        let now = self.clock.now();
        let attempt = delivery.attempt;
        let Ok(after) = delivery.finished(attempt, &outcome, now, self.random.generate()) else {
            return Ok(Outcome::Done);
        };
        let log = LoggedAttempt { attempt, at: now, result, took };
        let due = match after.waits(now) {
            Some(Wait::Table { next_at }) => Some(next_at),
            // Only if its message is lost.
            Some(Wait::Queue { seconds }) => {
                Some(now + Duration::seconds(seconds.into()) + self.watchdog)
            }
            None => None,
        };
        let stored_it = self.sending.finish(stored, &after, Some(&log), due).await?;
        let (endpoint_id, number) = (delivery.endpoint.as_str(), attempt.number);
        let (message_id, id) = (message_id.as_str(), &stored.correlation_id);
        tracing::info!(message_id, endpoint_id, correlation_id = id, number, ?result, "attempt");
        count(match result {
            domain::webhook::AttemptResult::Answered(200..=299) => "delivered",
            domain::webhook::AttemptResult::Answered(_) => "refused",
            domain::webhook::AttemptResult::Failed(word) => word,
        });
        if stored_it {
            self.schedule(stored, &after, now).await;
        }
        // A partner is not disabled: contracts end by other means.
        if let Some(endpoint) = &receiver.endpoint {
            self.remember(endpoint, &outcome, now).await?;
        }
        Ok(Outcome::Done)
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

    async fn remember(
        &self,
        endpoint: &Endpoint,
        outcome: &domain::webhook::Outcome,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        // As it was read: an endpoint that simply works is not even asked about.
        if endpoint.health.after(outcome, now).is_none() {
            return Ok(());
        }
        let (tenant, id) = (&endpoint.tenant, &endpoint.id);
        let due = now + self.watchdog;
        match self.endpoints.attempted(tenant, id, outcome, now, due).await? {
            EndpointHealth::Unchanged => {}
            EndpointHealth::Disabled(disabled, told) => {
                let (endpoint_id, why) = (id.as_str(), disabled.why.as_str());
                tracing::warn!(endpoint_id, tenant = tenant.as_str(), why, "endpoint disabled");
                Metric::count("EndpointsDisabled", 1).emit();
                let messages = told.iter().map(|told| {
                    let message = DeliveryMessage::of(&told.delivery, tenant, &told.correlation_id);
                    (message.to_body(), std::time::Duration::ZERO)
                });
                self.queue.dispatch(messages.collect()).await;
            }
        }
        Ok(())
    }
}

/// Whom a delivery goes to.
struct Receiver {
    destination: Destination,
    /// None: a party, whose own API is called.
    endpoint: Option<Endpoint>,
}

impl Receiver {
    fn fails(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.health.failing_since.is_some())
    }
}

/// A message that came before its time, or of a delivery that has ended.
fn too_early(delivery: &Delivery, now: OffsetDateTime) -> Outcome {
    match delivery.waits(now) {
        Some(Wait::Queue { seconds }) => {
            let delay = std::time::Duration::from_secs(u64::from(seconds).max(1));
            Outcome::retry_after("before its time", delay)
        }
        // The sweeper's.
        Some(Wait::Table { .. }) | None => Outcome::Done,
    }
}

/// The id of the message before this one in its lane: ids end with the sequence.
fn message_before(stored: &StoredDelivery) -> Option<MessageId> {
    let sequence = stored.lane.as_ref()?.sequence;
    let stem = stored.delivery.message.as_str().strip_suffix(&sequence.to_string())?;
    (sequence > 1).then(|| format!("{stem}{}", sequence - 1).parse().ok()).flatten()
}

fn count(outcome: &'static str) {
    Metric::count("Deliveries", 1).by("outcome", outcome).emit();
}

impl<C: Courier, D: Dispatch> RecordHandler for WebhookSender<C, D> {
    type Message = DeliveryMessage;

    async fn handle(&self, message: DeliveryMessage, record: &RecordContext) -> Outcome {
        self.send(&message, record).await.unwrap_or_else(Outcome::from)
    }
}
