use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use store::Table;

use crate::{Config, WebhooksApi};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        table.warm().await;
        let deliveries = WorkQueue::new(&settings, &config.deliveries);
        let authenticator = config.authenticator(&table);
        api::run(WebhooksApi::new(table, deliveries, &config), authenticator).await
    })
}
