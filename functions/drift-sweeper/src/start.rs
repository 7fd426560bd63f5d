use std::{process::ExitCode, sync::Arc};

use aws::Settings;
use hlr::OsmoHlr;
use lambda::{
    config::Environment,
    system::{SystemClock, SystemRandom},
};
use store::Table;
use time::Duration;

use crate::{Config, DriftSweeper};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let config = (
            env.text("ORDERS_TABLE_NAME"),
            Config {
                policy: env.parsed_or_default("DRIFT_POLICY"),
                ranges: env.parsed_or_default("SUBSCRIPTION_NETWORKS"),
                interval: Duration::minutes(env.number("DRIFT_INTERVAL_MINUTES", 1..=10_080)),
                watchdog: Duration::seconds(env.number("ORDER_WATCHDOG_SECONDS", 1..=86_400)),
            },
        );
        let (table, config) = env.finish(config)?;
        let table = Table::connect(&Settings::from_env()?, &table);
        let reach = |address: &str| OsmoHlr::new(address);
        let sweeper =
            DriftSweeper::new(&table, config, reach, Arc::new(SystemClock), Arc::new(SystemRandom));
        lambda::scheduled::run(sweeper).await
    })
}
