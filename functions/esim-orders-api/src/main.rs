//! eSIM orders and their QR codes (`infra/docs/contracts/esim-orders.md`).

use std::process::ExitCode;

use esim_orders_api::{Config, EsimOrdersApi};
use store::Table;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let authenticator = config.authenticator(&table);
        api::run(EsimOrdersApi::new(table, config.watchdog), authenticator).await
    })
}
