use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use store::Table;

use crate::{BatchesApi, Config};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        table.warm().await;
        let batches = WorkQueue::new(&settings, &config.batches);
        let authenticator = ecc::authenticator(&config.callers, &table);
        api::run(BatchesApi::new(table, batches, &config), authenticator).await
    })
}
