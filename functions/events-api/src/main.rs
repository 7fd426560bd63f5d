//! The client's feeds, by long poll (`infra/docs/contracts/ecc.md`, *Events*).

use std::process::ExitCode;

use api::identity::{Authenticator, SecretHasher};
use events_api::{Config, EventsApi};
use store::{DynamoClients, Table};

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let hasher = SecretHasher::new(config.pepper.expose());
        let authenticator = Authenticator::new(DynamoClients::new(table.clone()), hasher);
        api::run(EventsApi::new(table), authenticator).await
    })
}
