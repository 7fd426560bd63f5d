use std::sync::Arc;

use api::identity::{Authenticator, Callers, TokenVerifier};
use lambda::{
    config::{ConfigError, Environment},
    system::SystemClock,
};
use store::{DynamoClients, DynamoPublicKeys, Table};
use time::Duration;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// Who calls.
    pub callers: Callers,
    /// `DELIVERIES_QUEUE_URL`: messages to endpoints.
    pub deliveries: String,
    /// `ORDER_WATCHDOG_SECONDS`: when an attempt whose message was lost is dispatched again.
    pub watchdog: Duration,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Every variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut env = Environment::of_process();
        let config = Self {
            table: env.text("ORDERS_TABLE_NAME"),
            callers: Callers::read(&mut env),
            deliveries: env.url("DELIVERIES_QUEUE_URL"),
            watchdog: env.watchdog(),
        };
        env.finish(config)
    }

    /// What verifies callers: by HTTP Basic or by a token.
    pub fn authenticator(
        &self,
        table: &Table,
    ) -> Authenticator<DynamoClients, TokenVerifier<DynamoPublicKeys>> {
        let keys = DynamoPublicKeys::new(table.clone(), Arc::new(SystemClock));
        self.callers.authenticator(DynamoClients::new(table.clone()), keys)
    }
}
