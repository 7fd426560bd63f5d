//! Endpoints of clients: registering, changing, testing, rotating secrets, and the log of what
//! was delivered. The same for clients of every kind of order.

mod bodies;
mod change_webhook;
mod config;
mod create_webhook;
mod delete_webhook;
#[cfg(feature = "openapi")]
mod description;
mod enable_webhook;
mod get_webhook;
mod list_deliveries;
mod list_webhooks;
#[cfg(any(test, feature = "openapi"))]
mod messages;
mod replay_delivery;
mod request;
mod rotate_webhook_secret;
mod routes;
mod test_webhook;

use std::{sync::Arc, time::Duration as StdDuration};

use api::{ApiRequest, ApiResponse, Problem, cursor::Cursors};
use domain::{
    clock::{Clock, RandomSource},
    identity::Tenant,
    webhook::{Endpoint, EndpointId},
};
use lambda::{
    dispatch::Dispatch,
    message::DeliveryMessage,
    system::{SystemClock, SystemRandom},
};
use store::{DynamoDeliveries, DynamoEndpoints, DynamoResponses, StoredDelivery, Table};
use time::Duration;
use webhooks::DeliveryClient;

pub use bodies::{
    AttemptResponse, DeliveryList, DeliveryResponse, EndpointList, EndpointResponse,
    EndpointWithSecret,
};
pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;

/// The function.
pub struct WebhooksApi<D> {
    endpoints: DynamoEndpoints,
    deliveries: DynamoDeliveries,
    responses: DynamoResponses,
    queue: D,
    client: DeliveryClient,
    cursors: Cursors,
    watchdog: Duration,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
}

impl<D: Dispatch> WebhooksApi<D> {
    /// Over this table; sends the messages of deliveries by `queue`.
    pub fn new(table: Table, queue: D, config: &Config) -> Self {
        Self {
            endpoints: DynamoEndpoints::new(table.clone()),
            responses: DynamoResponses::new(table.clone(), Arc::new(SystemClock)),
            deliveries: DynamoDeliveries::new(table),
            queue,
            client: DeliveryClient::new(),
            cursors: Cursors::new(config.pepper.expose()),
            watchdog: config.watchdog,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.responses = self.responses.with_clock(clock.clone());
        self.clock = clock;
        self.random = random;
        self
    }

    /// The caller's endpoint that the path names.
    async fn endpoint(&self, request: &ApiRequest) -> Result<Endpoint, Problem> {
        let tenant = &request.identity()?.tenant;
        let id = endpoint_id(request)?;
        let found = self.endpoints.find(tenant, &id).await.map_err(Problem::failed)?;
        found.ok_or(Problem::NotFound)
    }

    /// The same, if messages are delivered to it.
    async fn enabled(&self, request: &ApiRequest) -> Result<Endpoint, Problem> {
        let endpoint = self.endpoint(request).await?;
        if endpoint.health.is_disabled() {
            let info = "the endpoint is disabled; enable it first";
            return Err(Problem::conflict("ENDPOINT_DISABLED", info));
        }
        Ok(endpoint)
    }

    /// Changes the caller's endpoint that the path names, if the request's conditions hold. The
    /// response to the changed endpoint is stored under the request's key, if it has one. `change`
    /// may be called more than once.
    async fn change(
        &self,
        request: &ApiRequest,
        respond: fn(&Endpoint) -> Result<ApiResponse, Problem>,
        change: impl Fn(Endpoint) -> Result<Endpoint, Problem> + Send + Sync,
    ) -> Result<ApiResponse, Problem> {
        let (tenant, id) = (&request.identity()?.tenant, endpoint_id(request)?);
        let (key, now) = (request.idempotency(respond)?, self.clock.now());
        let change = |read: Endpoint| {
            request.check_conditions(&etag(&read))?;
            change(read)
        };
        let changed = self.endpoints.change(tenant, &id, key.as_ref(), now, change).await?;
        Ok(respond(&changed.ok_or(Problem::NotFound)??)?.recorded())
    }

    /// Sends a delivery's message. One that is not taken is found by the watchdog.
    async fn send(&self, tenant: &Tenant, stored: &StoredDelivery) {
        let message = DeliveryMessage::of(&stored.delivery, tenant, &stored.correlation_id);
        self.queue.dispatch(vec![(message.to_body(), StdDuration::ZERO)]).await;
    }
}

/// The `ETag` of an endpoint: another one after each change, also of its health.
fn etag(endpoint: &Endpoint) -> String {
    format!("\"{}\"", endpoint.revision)
}

/// The endpoint that the path names. What cannot be an id does not exist.
fn endpoint_id(request: &ApiRequest) -> Result<EndpointId, Problem> {
    request.params.get("id").parse().map_err(|_| Problem::NotFound)
}
