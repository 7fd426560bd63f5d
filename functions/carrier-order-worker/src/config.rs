use domain::scenario::Sandbox;
use lambda::config::{ConfigError, Environment};
use time::Duration;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `CARRIER_WORK_QUEUE_URL`.
    pub queue: String,
    /// `WORK_LEASE_SECONDS`: longer than the function's time-out.
    pub lease: Duration,
    /// `WORK_MAX_RECEIVES`: after so many, the message is a dead letter.
    pub max_receives: u32,
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
            queue: env.url("CARRIER_WORK_QUEUE_URL"),
            lease: Duration::seconds(env.number("WORK_LEASE_SECONDS", 1..=43_200)),
            max_receives: env.number("WORK_MAX_RECEIVES", 1..=1_000),
            sandbox: env.parsed_or_default("SANDBOX"),
            watchdog: Duration::seconds(env.number("ORDER_WATCHDOG_SECONDS", 1..=86_400)),
        };
        env.finish(config)
    }
}
