//! Drives every order again that is past its due time (`reliability.md`, *Watchdog*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use edge::config::Environment;
use store::Table;
use sweeper::{Queues, Sweeper};
use time::Duration;

fn main() -> ExitCode {
    edge::start(async {
        let mut env = Environment::of_process();
        let config = (
            env.text("ORDERS_TABLE_NAME"),
            env.url("SUBSCRIPTION_WORK_QUEUE_URL"),
            env.url("CARRIER_WORK_QUEUE_URL"),
            env.url("EVENTS_QUEUE_URL"),
            env.url("DELIVERIES_QUEUE_URL"),
            Duration::seconds(env.number("ORDER_WATCHDOG_SECONDS", 1..=86_400)),
        );
        let (table, subscription, carrier, events, deliveries, watchdog) = env.finish(config)?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &table);
        let subscription_work = WorkQueue::new(&settings, subscription);
        let carrier_work = subscription_work.sibling(carrier);
        let events = subscription_work.sibling(events);
        let deliveries = subscription_work.sibling(deliveries);
        let queues = Queues { subscription_work, carrier_work, events, deliveries };
        edge::scheduled::run(Sweeper::new(&table, queues, watchdog)).await
    })
}
