//! Drives every order again that is past its due time (`reliability.md`, *Watchdog*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use lambda::config::Environment;
use store::Table;
use sweeper::{Queues, Sweeper};
use time::Duration;

fn main() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let config = (
            env.text("ORDERS_TABLE_NAME"),
            env.url("SUBSCRIPTION_WORK_QUEUE_URL"),
            env.url("CARRIER_WORK_QUEUE_URL"),
            env.url("ESIM_WORK_QUEUE_URL"),
            env.url("EVENTS_QUEUE_URL"),
            env.url("DELIVERIES_QUEUE_URL"),
            env.url("BATCHES_QUEUE_URL"),
            Duration::seconds(env.number("ORDER_WATCHDOG_SECONDS", 1..=86_400)),
        );
        let (table, subscription, carrier, esim, events, deliveries, batches, watchdog) =
            env.finish(config)?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &table);
        let subscription_work = WorkQueue::new(&settings, subscription);
        let queues = Queues {
            carrier_work: subscription_work.sibling(carrier),
            esim_work: subscription_work.sibling(esim),
            events: subscription_work.sibling(events),
            deliveries: subscription_work.sibling(deliveries),
            batches: subscription_work.sibling(batches),
            subscription_work,
        };
        let sweeper = Sweeper::new(&table, queues, watchdog);
        lambda::scheduled::run(sweeper).await
    })
}
