//! ECC subscriptions, their services and tags (`infra/docs/contracts/ecc.md`).

use std::process::ExitCode;

use network::Subscribers;
use store::Table;
use subscriptions_api::{Config, SubscriptionsApi};

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let authenticator = config.callers.authenticator(&table);
        let network = Subscribers::new(&config.network)?;
        api::run(SubscriptionsApi::new(table, network, &config), authenticator).await
    })
}
