//! Carrier orders: list, create, read, replace, patch, cancel, hold, release
//! (`infra/docs/contracts/carrier-orders.md`).

use std::process::ExitCode;

use carrier::Config;
use carrier_orders_api::CarrierOrdersApi;
use store::Table;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let authenticator = config.authenticator(&table);
        api::run(CarrierOrdersApi::new(&table, &config), authenticator).await
    })
}
