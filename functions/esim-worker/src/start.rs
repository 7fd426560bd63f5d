use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use es2plus::Es2Client;
use store::{DynamoEsimWork, Table};

use crate::{Config, EsimWorker, HttpPlans};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.queue);
        tokio::join!(table.warm(), queue.warm());
        let smdp = Es2Client::new(&config.smdp)?;
        let plans = HttpPlans::new(&config.network)?;
        let work = DynamoEsimWork::new(table, config.terms.limits.watchdog);
        let worker = EsimWorker::new(work, smdp, plans, config.terms);
        lambda::sqs_batch::run(worker, queue).await
    })
}
