//! Carries batches out (`contracts/ecc.md`, *Batches*).

use std::{process::ExitCode, time::Duration};

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
        let postpone = move |receipt: String, delay: Duration| {
            let queue = queue.clone();
            async move {
                if let Err(error) = queue.extend_visibility(&receipt, delay).await {
                    tracing::debug!(%error, "message not postponed");
                }
            }
        };
        lambda::sqs_batch::run(BatchWorker::new(&table, &config), postpone).await
    })
}
