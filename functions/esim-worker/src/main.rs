//! Carries eSIM orders out at the SM-DP+ and in the network
//! (`infra/docs/contracts/esim-orders.md`).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use es2plus::Es2Client;
use esim_worker::{Config, EsimWorker, HttpPlans};
use store::{DynamoEsimWork, Table};

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.queue);
        tokio::join!(table.warm(), queue.warm());
        let smdp = Es2Client::new(&config.smdp)?;
        let plans = HttpPlans::new(&config.network)?;
        let work = DynamoEsimWork::new(table, config.terms.watchdog);
        let worker = EsimWorker::new(work, smdp, plans, config.terms);
        lambda::sqs_batch::run(worker, queue).await
    })
}
