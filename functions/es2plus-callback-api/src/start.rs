use std::process::ExitCode;

use api::identity::{Authenticator, SecretHasher};
use store::{DynamoClients, Table};

use crate::{Config, Es2PlusCallbackApi};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let hasher = SecretHasher::new(config.pepper.expose());
        let authenticator = Authenticator::new(DynamoClients::new(table.clone()), hasher);
        api::run(Es2PlusCallbackApi::new(table), authenticator).await
    })
}
