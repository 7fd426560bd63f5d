use domain::webhook::{self, AttemptResult, Concurrency, Delivery, LoggedAttempt, Wait};
use lambda::{dispatch::Dispatch, message::DeliveryMessage, sqs_batch::Outcome, telemetry::Metric};
use store::{EndpointHealth, NextAttempt, StoreError, StoredDelivery};
use time::{Duration, OffsetDateTime};

use crate::{
    Attempted, DeliveryTransport, WebhookSender,
    handler::{Finished, Manner, RECOVERY},
    receiver::Receiver,
};

impl<T: DeliveryTransport, D: Dispatch> WebhookSender<T, D> {
    /// Stores the result of an attempt, and sees to the next one.
    pub(crate) async fn store_attempt(
        &self,
        stored: &StoredDelivery,
        receiver: &Receiver,
        Attempted { outcome, result, took }: Attempted,
        manner: Manner<'_>,
    ) -> Result<Finished, StoreError> {
        let delivery = &stored.delivery;
        let now = self.clock.now();
        let attempt = delivery.attempt;
        let Ok(after) = delivery.finished(attempt, &outcome, now, self.random.generate()) else {
            return Ok(Finished::with(Outcome::Done));
        };
        let log = LoggedAttempt { attempt, at: now, result, took };
        let next = self.next_attempt(&after, manner, now);
        let is_stored = match manner {
            Manner::First => self.sending.finish_first(stored, &after, &log, next).await?,
            Manner::Slot(_) => self.sending.finish(stored, &after, Some(&log), next).await?,
        };
        let (endpoint_id, number) = (delivery.endpoint.as_str(), attempt.number);
        let (message_id, id) = (delivery.message.as_str(), &stored.correlation_id);
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
        let recovered = manner.gated().is_some() && concurrency == Concurrency::Full;
        Ok(Finished { outcome: Outcome::Done, successors: if recovered { RECOVERY } else { 1 } })
    }

    /// Where the next attempt waits besides its message, or without one. At a receiver that is
    /// slow or fails it waits in the backlog: the sweeper then has one slot to look at, and not
    /// every delivery.
    fn next_attempt<'a>(
        &self,
        after: &Delivery,
        manner: Manner<'a>,
        now: OffsetDateTime,
    ) -> Option<NextAttempt<'a>> {
        match (after.waits(now)?, manner.gated()) {
            (Wait::Table { next_at: from }, Some(held)) => {
                Some(NextAttempt::Backlog { from, held })
            }
            (Wait::Table { next_at }, None) => Some(NextAttempt::Due(next_at)),
            // Only if its message is lost.
            (Wait::Queue { seconds }, _) => {
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

/// Counts the end of an attempt, or of a delivery without one.
pub(crate) fn count(outcome: &'static str) {
    Metric::count("Deliveries", 1).by("outcome", outcome).emit();
}
