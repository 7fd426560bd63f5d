use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use store::Table;

use crate::{Config, HttpTransport, WebhookSender};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.deliveries);
        tokio::join!(table.warm(), queue.warm());
        let sender = WebhookSender::new(table, HttpTransport::default(), queue.clone(), &config);
        lambda::sqs_batch::run(sender, queue).await
    })
}
