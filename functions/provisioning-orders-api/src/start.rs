use std::process::ExitCode;

use ecc::Callers;
use lambda::config::Environment;
use store::Table;

use crate::ProvisioningOrdersApi;

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let config = (env.text("ORDERS_TABLE_NAME"), Callers::read(&mut env));
        let (table, callers) = env.finish(config)?;
        let table = Table::connect(&aws::Settings::from_env()?, &table);
        table.warm().await;
        let authenticator = callers.authenticator(&table);
        api::run(ProvisioningOrdersApi::new(table), authenticator).await
    })
}
