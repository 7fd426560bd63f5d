use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use lambda::{config::Environment, message::work_queues};
use store::Table;

use crate::Relay;

/// Runs the function in this process until Lambda ends it.
pub fn start() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let table = env.text("ORDERS_TABLE_NAME");
        let queues = (work_queues(env.json("WORK_QUEUES"), &mut env), env.url("EVENTS_QUEUE_URL"));
        let (table, (work, events)) = env.finish((table, queues))?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &table);
        let events = WorkQueue::new(&settings, events);
        tokio::join!(table.warm(), events.warm());
        let work = work.into_iter().map(|(kind, url)| (kind, events.sibling(url))).collect();
        lambda::stream_batch::run(Relay::new(work, events, table)).await
    })
}
