//! Drives every order again that is past its due time (`reliability.md`, *Watchdog*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use edge::config::Environment;
use store::{DynamoWatchdog, Table};
use sweeper::Sweeper;
use time::Duration;

fn main() -> ExitCode {
    edge::start(async {
        let mut env = Environment::of_process();
        let config = (
            env.text("ORDERS_TABLE_NAME"),
            env.url("SUBSCRIPTION_WORK_QUEUE_URL"),
            env.url("CARRIER_WORK_QUEUE_URL"),
            Duration::seconds(env.number("ORDER_WATCHDOG_SECONDS", 1..=86_400)),
        );
        let (table, subscription, carrier, watchdog) = env.finish(config)?;
        let settings = Settings::from_env()?;
        let orders = DynamoWatchdog::new(Table::connect(&settings, &table));
        let subscription_work = WorkQueue::new(&settings, subscription);
        let carrier_work = subscription_work.sibling(carrier);
        let sweeper = Sweeper::new(orders, subscription_work, carrier_work, watchdog);
        edge::scheduled::run(sweeper).await
    })
}
