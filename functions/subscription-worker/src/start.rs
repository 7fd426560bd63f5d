use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use store::{DynamoWork, Table};

use crate::{Config, Networks, SandboxNetwork, SubscriptionWorker};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.queue);
        tokio::join!(table.warm(), queue.warm());
        let network = SandboxNetwork::new(Networks::new(&config, &table)?, config.sandbox);
        let work = DynamoWork::new(table, config.limits.watchdog);
        let worker = SubscriptionWorker::new(work, network, &config);
        lambda::sqs_batch::run(worker, queue).await
    })
}
