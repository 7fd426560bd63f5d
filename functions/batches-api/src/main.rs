//! Batches of changes (`infra/docs/contracts/ecc.md`, *Batches*).

use std::process::ExitCode;

use api::identity::{Authenticator, SecretHasher};
use aws::{Settings, WorkQueue};
use batches_api::{BatchesApi, Config};
use store::{DynamoClients, Table};

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        table.warm().await;
        let batches = WorkQueue::new(&settings, &config.batches);
        let hasher = SecretHasher::new(config.pepper.expose());
        let authenticator = Authenticator::new(DynamoClients::new(table.clone()), hasher);
        api::run(BatchesApi::new(table, batches, &config), authenticator).await
    })
}
