use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use seller::HttpSellerApi;
use store::Table;

use crate::{CarrierOrderWorker, Config};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.queue);
        tokio::join!(table.warm(), queue.warm());
        let worker = CarrierOrderWorker::new(&table, &config, HttpSellerApi::new()?);
        lambda::sqs_batch::run(worker, queue).await
    })
}
