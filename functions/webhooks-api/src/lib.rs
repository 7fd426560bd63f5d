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
mod respond;
mod rotate_webhook_secret;
mod routes;
mod start;
mod test_webhook;

use std::sync::Arc;

use api::cursor::Cursors;
use domain::clock::{Clock, RandomSource};
use endpoints::Webhooks;
use lambda::{dispatch::Dispatch, system::SystemClock};
use store::{DynamoResponses, Table};

pub use bodies::{
    AttemptResponse, DeliveryList, DeliveryResponse, EndpointList, EndpointResponse,
    EndpointWithSecret,
};
pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use start::start;

/// The function.
pub struct WebhooksApi<D> {
    webhooks: Webhooks<D>,
    responses: DynamoResponses,
    cursors: Cursors,
}

impl<D: Dispatch> WebhooksApi<D> {
    /// Over this table; sends the messages of deliveries by `queue`.
    pub fn new(table: Table, queue: D, config: &Config) -> Self {
        let webhooks = Webhooks::new(&table, queue, config.watchdog);
        let responses = DynamoResponses::new(table, Arc::new(SystemClock));
        Self { webhooks, responses, cursors: Cursors::new(config.callers.pepper.expose()) }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.responses = self.responses.with_clock(clock.clone());
        self.webhooks.clock = clock;
        self.webhooks.random = random;
        self
    }
}
