use std::collections::BTreeMap;

use domain::order::OrderKind;
use lambda::{
    config::{ConfigError, Environment},
    message::work_queues,
};
use time::Duration;

/// The function's environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// `ORDERS_TABLE_NAME`.
    pub table: String,
    /// `WORK_QUEUES`: the work queue of each kind of order.
    pub work: BTreeMap<OrderKind, String>,
    /// `DELIVERIES_QUEUE_URL`: messages to endpoints.
    pub deliveries: String,
    /// `ORDER_WATCHDOG_SECONDS`: when what was not published or sent is taken up again.
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
            work: work_queues(env.json("WORK_QUEUES"), &mut env),
            deliveries: env.url("DELIVERIES_QUEUE_URL"),
            watchdog: Duration::seconds(env.number("ORDER_WATCHDOG_SECONDS", 1..=86_400)),
        };
        env.finish(config)
    }
}
