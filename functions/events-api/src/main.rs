//! The client's feeds, by long poll (`infra/docs/contracts/ecc.md`, *Events*).

use std::process::ExitCode;

use events_api::{Config, EventsApi};
use store::Table;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let table = Table::connect(&aws::Settings::from_env()?, &config.table);
        table.warm().await;
        let authenticator = config.callers.authenticator(&table);
        api::run(EventsApi::new(table), authenticator).await
    })
}
