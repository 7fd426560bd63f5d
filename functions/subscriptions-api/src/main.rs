//! ECC subscriptions, their services and tags (`infra/docs/contracts/ecc.md`).

use std::process::ExitCode;

use api::identity::{Authenticator, SecretHasher};
use store::{DynamoClients, Table};
use subscriptions_api::{Config, SubscriptionsApi};

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let hasher = SecretHasher::new(config.pepper.expose());
        let authenticator = Authenticator::new(DynamoClients::new(table.clone()), hasher);
        api::run(SubscriptionsApi::new(table, &config), authenticator).await
    })
}
