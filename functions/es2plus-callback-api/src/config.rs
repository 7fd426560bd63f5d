use lambda::config::{ConfigError, Environment, Secret};

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `CREDENTIAL_PEPPER`: one a line, each of at least 32 bytes; the second is the previous one.
    pub pepper: Secret,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Every variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        let mut env = Environment::of_process();
        let config =
            Self { table: env.text("ORDERS_TABLE_NAME"), pepper: env.peppers("CREDENTIAL_PEPPER") };
        env.finish(config)
    }
}
