use std::{sync::Arc, time::Duration as StdDuration};

use domain::{
    clock::{Clock, RandomSource},
    idempotency::{Idempotency, IdempotencyGuard, ResponseError},
    identity::Tenant,
    webhook::{
        Endpoint, EndpointId, EndpointUrl, Health, MessageId, Patterns, Payload, Secret, Secrets,
    },
};
use lambda::{
    dispatch::Dispatch,
    message::DeliveryMessage,
    system::{SystemClock, SystemRandom},
};
use store::{DynamoDeliveries, DynamoEndpoints, EndpointAdded, StoredDelivery, Table};
use time::Duration;
use webhooks::{DeliveryClient, Target};

use crate::WebhookError;

/// Who gives a command, and how. `T` is its effect.
#[derive(Debug)]
pub struct CommandContext<'a, T: ?Sized> {
    /// The owner of the endpoints.
    pub tenant: &'a Tenant,
    /// Follows the request.
    pub correlation_id: &'a str,
    /// The versions (entity tags) of the endpoint that a change is meant for. None: any.
    pub expected: Option<Vec<u64>>,
    /// The versions that it is not meant for.
    pub unexpected: Vec<u64>,
    /// The caller's key, and the response to store with the effect.
    pub idempotency: Option<&'a Idempotency<'a, T>>,
}

impl<T: ?Sized> CommandContext<'_, T> {
    /// Whether the command is meant for this version of the endpoint.
    fn check(&self, endpoint: &Endpoint) -> Result<(), WebhookError> {
        let version = endpoint.revision;
        let expected = self.expected.as_ref().is_none_or(|versions| versions.contains(&version));
        match expected && !self.unexpected.contains(&version) {
            true => Ok(()),
            false => Err(WebhookError::OtherVersion),
        }
    }

    fn guard(&self, effect: &T) -> Result<Option<IdempotencyGuard>, ResponseError> {
        self.idempotency.map(|key| key.guard(effect)).transpose()
    }
}

/// An endpoint to be registered.
#[derive(Debug, Clone)]
pub struct NewEndpoint {
    /// Where it listens.
    pub url: EndpointUrl,
    /// What it wants to hear.
    pub events: Patterns,
}

/// New values of an endpoint; none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct EndpointChange {
    /// Where it listens.
    pub url: Option<EndpointUrl>,
    /// What it wants to hear.
    pub events: Option<Patterns>,
}

/// The service of webhook endpoints.
pub struct Webhooks<D> {
    /// The endpoints.
    pub endpoints: DynamoEndpoints,
    /// The deliveries to them.
    pub deliveries: DynamoDeliveries,
    /// The queue of the sender.
    pub queue: D,
    /// Looks up where a URL leads.
    pub client: DeliveryClient,
    /// When a delivery whose message was lost is dispatched again.
    pub watchdog: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random numbers.
    pub random: Arc<dyn RandomSource>,
}

impl Webhooks<()> {
    /// In this table, without the queue of the sender: nothing is sent from here.
    pub fn without_queue(
        table: &Table,
        watchdog: Duration,
        (clock, random): (Arc<dyn Clock>, Arc<dyn RandomSource>),
    ) -> Self {
        Self { clock, random, ..Self::new(table, (), watchdog) }
    }
}

impl<D: Sync> Webhooks<D> {
    /// Over this table; sends the messages of deliveries by `queue`.
    pub fn new(table: &Table, queue: D, watchdog: Duration) -> Self {
        Self {
            endpoints: DynamoEndpoints::new(table.clone()),
            deliveries: DynamoDeliveries::new(table.clone()),
            queue,
            client: DeliveryClient::new(),
            watchdog,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// A tenant's endpoints, the oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list(&self, tenant: &Tenant) -> Result<Vec<Endpoint>, WebhookError> {
        Ok(self.endpoints.all(tenant).await?)
    }

    /// One of a tenant's endpoints.
    ///
    /// # Errors
    /// It has no such endpoint, or the database failed.
    pub async fn get(&self, tenant: &Tenant, id: &EndpointId) -> Result<Endpoint, WebhookError> {
        self.endpoints.find(tenant, id).await?.ok_or(WebhookError::NotFound)
    }

    /// Registers an endpoint with a new secret.
    ///
    /// # Errors
    /// The URL must not be called, or the tenant has as many endpoints as it may have.
    pub async fn register(
        &self,
        context: &CommandContext<'_, Endpoint>,
        new: NewEndpoint,
    ) -> Result<Endpoint, WebhookError> {
        self.check_url(&new.url).await?;
        let now = self.clock.now();
        let endpoint = Endpoint {
            id: EndpointId::new(now, &*self.random),
            tenant: context.tenant.clone(),
            url: new.url,
            events: new.events,
            secrets: Secrets::new(Secret::new(&*self.random)),
            health: Health::default(),
            created_at: now,
            revision: 1,
        };
        let guard = context.guard(&endpoint)?;
        match self.endpoints.add_guarded(&endpoint, guard.as_ref()).await? {
            EndpointAdded::Done => {
                tracing::info!(endpoint_id = endpoint.id.as_str(), "endpoint registered");
                Ok(endpoint)
            }
            EndpointAdded::Full => Err(WebhookError::TooManyEndpoints),
        }
    }

    /// Changes URL and event patterns. The id, the secrets and the log stay; deliveries that wait
    /// go to the new URL.
    ///
    /// # Errors
    /// The endpoint is not there or not as expected, or the URL must not be called.
    pub async fn change(
        &self,
        context: &CommandContext<'_, Endpoint>,
        id: &EndpointId,
        change: EndpointChange,
    ) -> Result<Endpoint, WebhookError> {
        if let Some(url) = &change.url {
            // First what needs no look-up.
            context.check(&self.get(context.tenant, id).await?)?;
            self.check_url(url).await?;
        }
        let changed = self.modify(context, id, |read| {
            let url = change.url.clone().unwrap_or_else(|| read.url.clone());
            let events = change.events.clone().unwrap_or_else(|| read.events.clone());
            Ok(Endpoint { url, events, ..read })
        });
        let changed = changed.await?;
        tracing::info!(endpoint_id = id.as_str(), "endpoint changed");
        Ok(changed)
    }

    /// A new secret; the one before it signs beside it for 24 hours, whatever rotations follow.
    ///
    /// # Errors
    /// There is no such endpoint, or too many old secrets still sign.
    pub async fn rotate_secret(
        &self,
        context: &CommandContext<'_, Endpoint>,
        id: &EndpointId,
    ) -> Result<Endpoint, WebhookError> {
        let (secret, now) = (Secret::new(&*self.random), self.clock.now());
        let rotated = self.modify(context, id, |read| {
            let secrets = read.secrets.clone().rotated(secret.clone(), now);
            Ok(Endpoint { secrets: secrets.map_err(WebhookError::TooManyRotations)?, ..read })
        });
        let rotated = rotated.await?;
        tracing::info!(endpoint_id = id.as_str(), "secret rotated");
        Ok(rotated)
    }

    /// Messages go to the endpoint again from now on. What was abandoned meanwhile can be
    /// replayed.
    ///
    /// # Errors
    /// There is no such endpoint.
    pub async fn enable(
        &self,
        context: &CommandContext<'_, Endpoint>,
        id: &EndpointId,
    ) -> Result<Endpoint, WebhookError> {
        let enable = |read| Ok(Endpoint { health: Health::default(), ..read });
        self.modify(context, id, enable).await
    }

    /// Deletes an endpoint. What still waits for it is abandoned when its time comes.
    ///
    /// Repeatable: under a key, the second execution finds no endpoint, and the caller looks for
    /// the stored response then.
    ///
    /// # Errors
    /// There is no such endpoint.
    pub async fn delete(
        &self,
        context: &CommandContext<'_, ()>,
        id: &EndpointId,
    ) -> Result<(), WebhookError> {
        self.delete_if(context, id, |_| true).await
    }

    /// The same for an endpoint that is meant; another one is not there.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn delete_if(
        &self,
        context: &CommandContext<'_, ()>,
        id: &EndpointId,
        is_meant: impl Fn(&Endpoint) -> bool + Send + Sync,
    ) -> Result<(), WebhookError> {
        let (guard, now) = (context.guard(&())?, self.clock.now());
        let check = |read: &Endpoint| match is_meant(read) {
            true => context.check(read),
            false => Err(WebhookError::NotFound),
        };
        let removed = self.endpoints.remove(context.tenant, id, guard.as_ref(), now, check).await?;
        removed.ok_or(WebhookError::NotFound)??;
        tracing::info!(endpoint_id = id.as_str(), "endpoint deleted");
        Ok(())
    }

    /// An endpoint to which messages are delivered.
    async fn enabled(&self, tenant: &Tenant, id: &EndpointId) -> Result<Endpoint, WebhookError> {
        let endpoint = self.get(tenant, id).await?;
        if endpoint.health.is_disabled() { Err(WebhookError::Disabled) } else { Ok(endpoint) }
    }

    /// Refuses a URL that cannot be called today: its owner would find out from the log only.
    async fn check_url(&self, url: &EndpointUrl) -> Result<(), WebhookError> {
        let target = Target::parse(url.as_str())?;
        Ok(self.client.check(&target).await?)
    }

    /// Changes an endpoint. `change` may be called more than once.
    async fn modify(
        &self,
        context: &CommandContext<'_, Endpoint>,
        id: &EndpointId,
        change: impl Fn(Endpoint) -> Result<Endpoint, WebhookError> + Send + Sync,
    ) -> Result<Endpoint, WebhookError> {
        let CommandContext { tenant, idempotency, .. } = context;
        let change = |read: Endpoint| {
            context.check(&read)?;
            change(read)
        };
        let changed = self.endpoints.change(tenant, id, *idempotency, self.clock.now(), change);
        changed.await?.ok_or(WebhookError::NotFound)?
    }
}

impl<D: Dispatch> Webhooks<D> {
    /// Sends a `webhook.test` message, whatever the endpoint wants to hear.
    ///
    /// # Errors
    /// There is no such endpoint, or it is disabled.
    pub async fn test(
        &self,
        context: &CommandContext<'_, StoredDelivery>,
        id: &EndpointId,
    ) -> Result<StoredDelivery, WebhookError> {
        let endpoint = self.enabled(context.tenant, id).await?;
        let now = self.clock.now();
        let payload = Payload::test(&endpoint.id, self.random.generate(), now);
        let correlation = context.correlation_id;
        let planned = StoredDelivery::planned(&endpoint, &payload, None, correlation, now);
        let (guard, due) = (context.guard(&planned)?, now + self.watchdog);
        self.deliveries.plan_guarded(&planned, due, guard.as_ref()).await?;
        self.send(&planned).await;
        Ok(planned)
    }

    /// The deliveries to an endpoint in the last 30 days, the newest first, from the position
    /// `after` on, and the position to continue from if there are more.
    ///
    /// # Errors
    /// There is no such endpoint.
    pub async fn deliveries(
        &self,
        endpoint: &Endpoint,
        limit: usize,
        after: Option<&str>,
    ) -> Result<(Vec<StoredDelivery>, Option<String>), WebhookError> {
        Ok(self.deliveries.list(&endpoint.id, limit, after).await?)
    }

    /// The whole schedule of a delivery once more, under the same message id.
    ///
    /// # Errors
    /// There is no such endpoint or delivery, the endpoint is disabled, or the delivery changed
    /// concurrently.
    pub async fn replay(
        &self,
        context: &CommandContext<'_, StoredDelivery>,
        id: &EndpointId,
        message: &MessageId,
    ) -> Result<StoredDelivery, WebhookError> {
        let endpoint = self.enabled(context.tenant, id).await?;
        let found = self.deliveries.get(&endpoint.id, message).await?;
        let stored = found.ok_or(WebhookError::NotFound)?;
        let now = self.clock.now();
        let replayed = stored.delivery.replayed(now);
        let again = StoredDelivery { delivery: replayed, ..stored.clone() };
        let (guard, due) = (context.guard(&again)?, now + self.watchdog);
        let started =
            self.deliveries.replay_guarded(&stored, &again.delivery, due, guard.as_ref(), now);
        if !started.await? {
            return Err(WebhookError::DeliveryMovedOn);
        }
        self.send(&again).await;
        Ok(again)
    }

    /// Sends a delivery's message. One that is not taken is found by the watchdog.
    async fn send(&self, stored: &StoredDelivery) {
        let message = DeliveryMessage::of(&stored.delivery, &stored.tenant, &stored.correlation_id);
        self.queue.dispatch(vec![(message.to_body(), StdDuration::ZERO)]).await;
    }
}
