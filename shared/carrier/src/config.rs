use std::sync::Arc;

use api::identity::{Authenticator, SecretHasher, TokenTerms, TokenVerifier, TrustedIssuers};
use domain::scenario::Sandbox;
use lambda::{
    config::{ConfigError, Environment, Secret},
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
    /// `CREDENTIAL_PEPPER`: one a line, each of at least 32 bytes; the second is the previous one.
    pub pepper: Secret,
    /// `TOKEN_ISSUER` and `TOKEN_AUDIENCE`.
    pub terms: TokenTerms,
    /// `TRUSTED_ISSUERS`: whose tokens are taken besides our own; nobody's when missing.
    pub trusted: TrustedIssuers,
    /// `SANDBOX`: whether reserved values are accepted.
    pub sandbox: Sandbox,
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
            pepper: env.peppers("CREDENTIAL_PEPPER"),
            terms: TokenTerms {
                issuer: env.url("TOKEN_ISSUER"),
                audience: env.text("TOKEN_AUDIENCE"),
            },
            trusted: env.parsed_or_default("TRUSTED_ISSUERS"),
            sandbox: env.parsed_or_default("SANDBOX"),
            watchdog: Duration::seconds(env.number("ORDER_WATCHDOG_SECONDS", 1..=86_400)),
        };
        env.finish(config)
    }

    /// What verifies callers.
    pub fn authenticator(&self, table: &Table) -> CarrierAuthenticator {
        let hasher = SecretHasher::new(self.pepper.expose());
        let keys = DynamoPublicKeys::new(table.clone(), Arc::new(SystemClock));
        Authenticator::new(DynamoClients::new(table.clone()), hasher).with_tokens(
            TokenVerifier::new(keys, self.terms.clone()).trusting(self.trusted.clone()),
        )
    }
}
