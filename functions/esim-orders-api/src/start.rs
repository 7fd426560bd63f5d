use std::process::ExitCode;

use store::Table;

use crate::{Config, EsimOrdersApi};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let authenticator = config.authenticator(&table);
        let orders = EsimOrdersApi::new(table, config.watchdog).in_sandbox(config.sandbox);
        api::run(orders, authenticator).await
    })
}
