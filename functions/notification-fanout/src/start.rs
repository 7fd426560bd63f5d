use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use store::Table;

use crate::{Config, NotificationFanout};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let events = WorkQueue::new(&settings, &config.events);
        let deliveries = events.sibling(&config.deliveries);
        let batches = events.sibling(&config.batches);
        tokio::join!(table.warm(), events.warm());
        let fanout = NotificationFanout::new(table, deliveries, batches, config.watchdog)
            .in_sandbox(config.sandbox);
        lambda::sqs_batch::run(fanout, events).await
    })
}
