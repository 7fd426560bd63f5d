use std::sync::Arc;

use api::identity::{Authenticator, Callers, TokenVerifier};
use lambda::{
    config::{ConfigError, Environment},
    system::SystemClock,
};
use store::{DynamoClients, DynamoPublicKeys, Table};
use time::Duration;

/// Who calls: by HTTP Basic or by a token.
pub type TmfAuthenticator = Authenticator<DynamoClients, TokenVerifier<DynamoPublicKeys>>;

/// The environment of both APIs.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// Who calls.
    pub callers: Callers,
    /// `ORDER_WATCHDOG_SECONDS`: an order that nothing happened to for so long is driven again.
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
            watchdog: env.watchdog(),
        };
        env.finish(config)
    }

    /// What verifies callers.
    pub fn authenticator(&self, table: &Table) -> TmfAuthenticator {
        let keys = DynamoPublicKeys::new(table.clone(), Arc::new(SystemClock));
        self.callers.authenticator(DynamoClients::new(table.clone()), keys)
    }
}
