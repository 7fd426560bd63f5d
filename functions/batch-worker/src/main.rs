//! Carries batches out (`infra/docs/contracts/ecc.md`, *Batches*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use batch_worker::{BatchWorker, Config};
use store::Table;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.batches);
        tokio::join!(table.warm(), queue.warm());
        lambda::sqs_batch::run(BatchWorker::new(&table, &config), queue).await
    })
}
