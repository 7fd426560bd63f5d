//! ECC subscriptions, their services and tags (`infra/docs/contracts/ecc.md`, *Resources*). Every
//! change is a provisioning order: it is placed here, and executed by `subscription-worker`.

mod add_services;
mod add_tag;
mod bodies;
mod change_service;
mod change_subscription;
mod config;
mod create_subscription;
mod delete_subscription;
#[cfg(feature = "openapi")]
mod description;
mod execute;
mod get_subscription;
mod get_subscription_imei;
mod get_subscription_mobile_network;
mod list_services;
mod list_subscriptions;
mod network;
mod networks;
mod remove_service;
mod remove_tag;
mod routes;
mod start;

use std::sync::Arc;

use api::cursor::Cursors;
use domain::clock::{Clock, RandomSource};
use ecc::SubscriptionOrders;
use lambda::system::{SystemClock, SystemRandom};
use store::{DynamoPlacing, DynamoResponses, DynamoSubscriptions, Table};

pub use bodies::{
    AssignableService, ImeiResponse, ListedSubscription, MobileNetworkResponse, ServiceResponse,
    ServicesResponse, SubscriptionList, SubscriptionResponse,
};
pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use ecc::OrderPlaced;
pub use networks::SubscriberNetworks;
pub use start::start;

/// The function.
pub struct SubscriptionsApi {
    subscriptions: DynamoSubscriptions,
    network: SubscriberNetworks,
    orders: SubscriptionOrders,
    responses: DynamoResponses,
    cursors: Cursors,
}

impl SubscriptionsApi {
    /// Over this table and these networks.
    pub fn new(table: Table, network: SubscriberNetworks, config: &Config) -> Self {
        let subscriptions = DynamoSubscriptions::new(table.clone());
        let responses = DynamoResponses::new(table.clone(), Arc::new(SystemClock));
        let orders = SubscriptionOrders {
            subscriptions: subscriptions.clone(),
            placing: DynamoPlacing::new(table),
            services: config.services.clone(),
            sandbox: config.sandbox,
            watchdog: config.watchdog,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        };
        Self {
            subscriptions,
            network,
            orders,
            responses,
            cursors: Cursors::new(config.callers.pepper.expose()),
        }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.responses = self.responses.with_clock(clock.clone());
        self.orders.clock = clock;
        self.orders.random = random;
        self
    }
}
