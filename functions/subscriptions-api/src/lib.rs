//! ECC subscriptions, their services and tags (`contracts/ecc.md`, *Resources*). Every change is
//! a provisioning order: it is placed here, and carried out by `subscription-worker`.

mod add_services;
mod add_tag;
mod bodies;
mod carry;
mod change_service;
mod change_subscription;
mod config;
mod create_subscription;
mod delete_subscription;
#[cfg(feature = "openapi")]
mod description;
mod get_subscription;
mod list_services;
mod list_subscriptions;
mod remove_service;
mod remove_tag;
mod routes;

use std::sync::Arc;

use api::{Api, ApiRequest, ApiResponse, Problem, Route, cursor::Cursors};
use domain::clock::{Clock, Entropy};
use ecc::{EccProblemBody, OrderDesk};
use lambda::system::{SystemClock, SystemEntropy};
use store::{DynamoPlacing, DynamoSubscriptions, Table};

pub use bodies::{
    AssignableService, ServiceResponse, ServicesResponse, SubscriptionList, SubscriptionResponse,
};
pub use config::Config;
#[cfg(feature = "openapi")]
pub use description::describe;
pub use ecc::OrderPlaced;
pub use routes::Operation;

/// The function.
pub struct SubscriptionsApi {
    subscriptions: DynamoSubscriptions,
    desk: OrderDesk,
    cursors: Cursors,
}

impl SubscriptionsApi {
    /// Over this table.
    pub fn new(table: Table, config: &Config) -> Self {
        let subscriptions = DynamoSubscriptions::new(table.clone());
        let desk = OrderDesk {
            subscriptions: subscriptions.clone(),
            placing: DynamoPlacing::new(table),
            services: config.services.clone(),
            watchdog: config.watchdog,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        };
        Self { subscriptions, desk, cursors: Cursors::new(config.pepper.expose()) }
    }

    /// With another clock and other chance: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        self.desk.clock = clock;
        self.desk.entropy = entropy;
        self
    }
}

impl Api for SubscriptionsApi {
    type Operation = Operation;
    type Problems = EccProblemBody;

    fn routes() -> &'static [Route<Operation>] {
        &routes::ROUTES
    }

    async fn handle(
        &self,
        operation: Operation,
        request: ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        match operation {
            Operation::CreateSubscription => self.create_subscription(&request).await,
            Operation::ListSubscriptions => self.list_subscriptions(&request).await,
            Operation::GetSubscription => self.get_subscription(&request).await,
            Operation::ChangeSubscription => self.change_subscription(&request).await,
            Operation::DeleteSubscription => self.delete_subscription(&request).await,
            Operation::AddServices => self.add_services(&request).await,
            Operation::ChangeService => self.change_service(&request).await,
            Operation::RemoveService => self.remove_service(&request).await,
            Operation::AddTag => self.add_tag(&request).await,
            Operation::RemoveTag => self.remove_tag(&request).await,
            Operation::ListServices => self.list_services(),
        }
    }
}
