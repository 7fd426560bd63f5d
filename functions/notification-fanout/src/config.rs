use domain::scenario::Sandbox;
use lambda::config::{ConfigError, Environment};
use time::Duration;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `EVENTS_QUEUE_URL`: orders that have something to tell.
    pub events: String,
    /// `DELIVERIES_QUEUE_URL`: messages to endpoints.
    pub deliveries: String,
    /// `BATCHES_QUEUE_URL`: work on batches.
    pub batches: String,
    /// `SANDBOX`: whether reserved values are accepted.
    pub sandbox: Sandbox,
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
            events: env.url("EVENTS_QUEUE_URL"),
            deliveries: env.url("DELIVERIES_QUEUE_URL"),
            batches: env.url("BATCHES_QUEUE_URL"),
            sandbox: env.parsed_or_default("SANDBOX"),
            watchdog: env.watchdog(),
        };
        env.finish(config)
    }
}
