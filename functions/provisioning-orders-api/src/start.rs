use std::process::ExitCode;

use store::Table;

use crate::{Config, ProvisioningOrdersApi};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let authenticator = ecc::authenticator(&config.callers, &table);
        api::run(ProvisioningOrdersApi::new(table, &config), authenticator).await
    })
}
