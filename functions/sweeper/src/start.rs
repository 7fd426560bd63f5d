use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use lambda::{config::Environment, message::work_queues};
use store::Table;

use crate::{Queues, Sweeper};

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let config = (
            env.text("ORDERS_TABLE_NAME"),
            work_queues(env.json("WORK_QUEUES"), &mut env),
            env.url("EVENTS_QUEUE_URL"),
            env.url("DELIVERIES_QUEUE_URL"),
            env.url("BATCHES_QUEUE_URL"),
            env.watchdog(),
        );
        let (table, work, events, deliveries, batches, watchdog) = env.finish(config)?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &table);
        let events = WorkQueue::new(&settings, events);
        let queues = Queues {
            work: work.into_iter().map(|(kind, url)| (kind, events.sibling(url))).collect(),
            deliveries: events.sibling(deliveries),
            batches: events.sibling(batches),
            events,
        };
        let sweeper = Sweeper::new(&table, queues, watchdog);
        lambda::scheduled::run(sweeper).await
    })
}
