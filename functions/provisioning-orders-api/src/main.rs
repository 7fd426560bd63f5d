//! ECC provisioning orders (`infra/docs/contracts/ecc.md`).

use std::process::ExitCode;

use api::identity::{Authenticator, SecretHasher};
use lambda::config::Environment;
use provisioning_orders_api::ProvisioningOrdersApi;
use store::{DynamoClients, Table};

fn main() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let config = (env.text("ORDERS_TABLE_NAME"), env.secret("CREDENTIAL_PEPPER", 32));
        let (table, pepper) = env.finish(config)?;
        let table = Table::connect(&aws::Settings::from_env()?, &table);
        table.warm().await;
        let hasher = SecretHasher::new(pepper.expose());
        let authenticator = Authenticator::new(DynamoClients::new(table.clone()), hasher);
        api::run(ProvisioningOrdersApi::new(table), authenticator).await
    })
}
