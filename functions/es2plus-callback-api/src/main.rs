//! Download progress reported by an SM-DP+ (GSMA SGP.22, 5.3.5).

use std::process::ExitCode;

use api::identity::{Authenticator, SecretHasher};
use es2plus_callback_api::{Config, Es2PlusCallbackApi};
use store::{DynamoClients, Table};

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let hasher = SecretHasher::new(config.pepper.expose());
        let authenticator = Authenticator::new(DynamoClients::new(table.clone()), hasher);
        api::run(Es2PlusCallbackApi::new(table), authenticator).await
    })
}
