use std::sync::Arc;

use api::identity::{Authenticator, Callers, TokenVerifier};
use domain::scenario::Sandbox;
use lambda::{
    config::{ConfigError, Environment},
    system::SystemClock,
};
use store::{DynamoClients, DynamoPublicKeys, Table};
use time::Duration;

/// Who calls: by HTTP Basic or by a token.
pub type CarrierAuthenticator = Authenticator<DynamoClients, TokenVerifier<DynamoPublicKeys>>;

/// The environment of the carrier APIs.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `SANDBOX`: whether reserved values are accepted.
    pub sandbox: Sandbox,
    /// Who calls.
    pub callers: Callers,
    /// `ORDER_WATCHDOG_SECONDS`: an order whose next step does not come for so long is driven
    /// again.
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
            sandbox: env.parsed_or_default("SANDBOX"),
            callers: Callers::read(&mut env),
            watchdog: env.watchdog(),
        };
        env.finish(config)
    }

    /// What verifies callers.
    pub fn authenticator(&self, table: &Table) -> CarrierAuthenticator {
        let keys = DynamoPublicKeys::new(table.clone(), Arc::new(SystemClock));
        self.callers.authenticator(DynamoClients::new(table.clone()), keys)
    }
}
