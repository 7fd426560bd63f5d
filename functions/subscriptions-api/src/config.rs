use domain::{scenario::Sandbox, subscription::ServiceId};
use ecc::Callers;
use lambda::config::{ConfigError, Environment};
use network::NetworkRanges;
use time::Duration;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// Who calls.
    pub callers: Callers,
    /// `SUBSCRIPTION_SERVICES`: JSON list of the ids that clients may assign.
    pub services: Vec<ServiceId>,
    /// `SUBSCRIPTION_NETWORK_URL`: base of the operator's provisioning system.
    pub network: String,
    /// `SUBSCRIPTION_NETWORKS`: networks by ranges of ICCIDs; all other SIMs are of the one above.
    pub ranges: NetworkRanges,
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
            callers: Callers::read(&mut env),
            services: env.json("SUBSCRIPTION_SERVICES"),
            network: env.url("SUBSCRIPTION_NETWORK_URL"),
            ranges: env.parsed_or_default("SUBSCRIPTION_NETWORKS"),
            sandbox: env.parsed_or_default("SANDBOX"),
            watchdog: env.watchdog(),
        };
        env.finish(config)
    }
}
