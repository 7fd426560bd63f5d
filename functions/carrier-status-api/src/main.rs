//! The status of carrier orders (`infra/docs/contracts/carrier-orders.md`).

use std::process::ExitCode;

use carrier::Config;
use carrier_status_api::CarrierStatusApi;
use store::Table;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let authenticator = config.authenticator(&table);
        api::run(CarrierStatusApi::new(&table, &config), authenticator).await
    })
}
