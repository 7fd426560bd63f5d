use std::process::ExitCode;

use api::identity::{Authenticator, NoClients, SecretHasher};
use aws::{Settings, WorkQueue};
use store::Table;

use crate::{Config, ConsoleApi, Queues};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        table.warm().await;
        let deliveries = WorkQueue::new(&settings, config.deliveries);
        let work = config.work.into_iter();
        let queues = Queues {
            work: work.map(|(kind, url)| (kind, deliveries.sibling(url))).collect(),
            deliveries,
        };
        // Every route is public to the gateway: a page asks for its session itself.
        let nobody = Authenticator::new(NoClients, SecretHasher::new(""));
        api::run(ConsoleApi::new(&table, queues, config.watchdog), nobody).await
    })
}
