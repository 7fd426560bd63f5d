use std::sync::Arc;

use api::identity::{Authenticator, NoClients, TokenTerms, TokenVerifier, TrustedIssuers};
use domain::scenario::Sandbox;
use lambda::{
    config::{ConfigError, Environment},
    system::SystemClock,
};
use store::{DynamoPublicKeys, Table};
use time::Duration;

/// Who calls: by a token.
pub type EsimAuthenticator = Authenticator<NoClients, TokenVerifier<DynamoPublicKeys>>;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `TOKEN_ISSUER` and `TOKEN_AUDIENCE`.
    pub terms: TokenTerms,
    /// `TRUSTED_ISSUERS`: whose tokens are taken besides our own; nobody's when missing.
    pub trusted: TrustedIssuers,
    /// `SANDBOX`: whether reserved values are accepted.
    pub sandbox: Sandbox,
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
            terms: TokenTerms {
                issuer: env.url("TOKEN_ISSUER"),
                audience: env.text("TOKEN_AUDIENCE"),
            },
            trusted: env.parsed_or_default("TRUSTED_ISSUERS"),
            sandbox: env.parsed_or_default("SANDBOX"),
            watchdog: env.watchdog(),
        };
        env.finish(config)
    }

    /// What verifies callers: no secret of a client opens anything here.
    pub fn authenticator(&self, table: &Table) -> EsimAuthenticator {
        let keys = DynamoPublicKeys::new(table.clone(), Arc::new(SystemClock));
        Authenticator::of_tokens(
            TokenVerifier::new(keys, self.terms.clone()).trusting(self.trusted.clone()),
        )
    }
}
