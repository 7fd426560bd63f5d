use domain::scenario::Sandbox;
use lambda::config::{ConfigError, Environment, WorkLimits};
use network::NetworkRanges;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `SUBSCRIPTION_WORK_QUEUE_URL`.
    pub queue: String,
    /// `SUBSCRIPTION_NETWORK_URL`: base of the operator's provisioning system.
    pub network: String,
    /// `SUBSCRIPTION_NETWORKS`: networks by ranges of ICCIDs; all other SIMs are of the one above.
    pub ranges: NetworkRanges,
    /// `SANDBOX`: whether reserved values are accepted.
    pub sandbox: Sandbox,
    /// `WORK_LEASE_SECONDS`, `WORK_MAX_RECEIVES` and `ORDER_WATCHDOG_SECONDS`.
    pub limits: WorkLimits,
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
            queue: env.url("SUBSCRIPTION_WORK_QUEUE_URL"),
            network: env.url("SUBSCRIPTION_NETWORK_URL"),
            ranges: env.parsed_or_default("SUBSCRIPTION_NETWORKS"),
            sandbox: env.parsed_or_default("SANDBOX"),
            limits: env.work_limits(),
        };
        env.finish(config)
    }
}
