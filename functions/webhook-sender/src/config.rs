use lambda::config::{ConfigError, Environment};
use time::Duration;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
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
            deliveries: env.url("DELIVERIES_QUEUE_URL"),
            watchdog: env.watchdog(),
        };
        env.finish(config)
    }
}
