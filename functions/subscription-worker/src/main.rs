//! Carries subscription orders out in the network (`infra/docs/architecture.md`, *Workers*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use store::{DynamoWork, Table};
use subscription_worker::{Config, HttpNetwork, SubscriptionWorker};

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.queue);
        tokio::join!(table.warm(), queue.warm());
        let network = HttpNetwork::new(&config.network)?;
        let work = DynamoWork::new(table, config.watchdog);
        let worker = SubscriptionWorker::new(work, network, &config);
        lambda::sqs_batch::run(worker, queue).await
    })
}
