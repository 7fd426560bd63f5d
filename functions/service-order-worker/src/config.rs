use domain::{scenario::Sandbox, subscription::ServiceId};
use lambda::config::{ConfigError, Environment, WorkLimits};

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `SERVICE_WORK_QUEUE_URL`.
    pub queue: String,
    /// `SUBSCRIPTION_SERVICES`: JSON list of the ids that clients may assign.
    pub services: Vec<ServiceId>,
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
            queue: env.url("SERVICE_WORK_QUEUE_URL"),
            services: env.json("SUBSCRIPTION_SERVICES"),
            sandbox: env.parsed_or_default("SANDBOX"),
            limits: env.work_limits(),
        };
        env.finish(config)
    }
}
