use domain::{scenario::Sandbox, subscription::ServiceId};
use lambda::config::{ConfigError, Environment};
use time::Duration;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `BATCHES_QUEUE_URL`: work on batches.
    pub batches: String,
    /// `SUBSCRIPTION_SERVICES`: JSON list of the ids that clients may assign.
    pub services: Vec<ServiceId>,
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
            batches: env.url("BATCHES_QUEUE_URL"),
            services: env.json("SUBSCRIPTION_SERVICES"),
            sandbox: env.parsed_or_default("SANDBOX"),
            watchdog: env.watchdog(),
        };
        env.finish(config)
    }
}
