use ecc::Callers;
use lambda::config::{ConfigError, Environment};
use time::Duration;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// Who calls.
    pub callers: Callers,
    /// `ORDER_WATCHDOG_SECONDS`: an end that is not published for so long is published again.
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
}
