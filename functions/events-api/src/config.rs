use ecc::Callers;
use lambda::config::{ConfigError, Environment};

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// Who calls.
    pub callers: Callers,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Every variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut env = Environment::of_process();
        let config =
            Self { table: env.text("ORDERS_TABLE_NAME"), callers: Callers::read(&mut env) };
        env.finish(config)
    }
}
