use std::process::ExitCode;

use api::identity::{Authenticator, NoClients, SecretHasher};
use store::{DynamoClients, Table};

use crate::{Config, TokenApi};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let hasher = SecretHasher::new(config.pepper.expose());
        let clients = Authenticator::new(DynamoClients::new(table.clone()), hasher);
        // Every route is public: callers have no token yet.
        let no_clients = Authenticator::new(NoClients, SecretHasher::new(""));
        api::run(TokenApi::new(table, clients, config.terms), no_clients).await
    })
}
