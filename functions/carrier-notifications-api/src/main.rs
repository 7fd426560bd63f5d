//! The notifications of carrier orders (`infra/docs/contracts/carrier-orders.md`).

use std::process::ExitCode;

use carrier::Config;
use carrier_notifications_api::CarrierNotificationsApi;
use store::Table;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let authenticator = config.authenticator(&table);
        api::run(CarrierNotificationsApi::new(&table, &config), authenticator).await
    })
}
