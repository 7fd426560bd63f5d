use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use lambda::config::Environment;
use store::{DynamoWatchdog, Table};

use crate::DeadLetterConsumer;

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let config = (
            env.text("ORDERS_TABLE_NAME"),
            env.url("SUBSCRIPTION_WORK_DEAD_LETTER_QUEUE_URL"),
            env.url("CARRIER_WORK_DEAD_LETTER_QUEUE_URL"),
            env.url("ESIM_WORK_DEAD_LETTER_QUEUE_URL"),
            env.url("SERVICE_WORK_DEAD_LETTER_QUEUE_URL"),
        );
        let (table, subscription, carrier, esim, service) = env.finish(config)?;
        let settings = Settings::from_env()?;
        let orders = DynamoWatchdog::new(Table::connect(&settings, &table));
        let subscription = WorkQueue::new(&settings, subscription);
        let others = [carrier, esim, service].map(|url| subscription.sibling(url));
        let queues = others.into_iter().chain([subscription]).collect();
        lambda::scheduled::run(DeadLetterConsumer::new(orders, queues)).await
    })
}
