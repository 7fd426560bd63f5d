//! Tells everybody who wants to know what has happened to an order (`contracts/`, *Webhooks*).

use std::{process::ExitCode, time::Duration};

use aws::{Settings, WorkQueue};
use notification_fanout::{Config, NotificationFanout};
use store::Table;

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let events = WorkQueue::new(&settings, &config.events);
        let deliveries = events.sibling(&config.deliveries);
        let batches = events.sibling(&config.batches);
        tokio::join!(table.warm(), events.warm());
        let dispatch = move |messages| {
            let queue = deliveries.clone();
            async move { queue.send_all(messages).await }
        };
        let to_batches = move |messages| {
            let queue = batches.clone();
            async move { queue.send_all(messages).await }
        };
        let fanout = NotificationFanout::new(table, dispatch, to_batches, config.watchdog);
        let postpone = move |receipt: String, delay: Duration| {
            let queue = events.clone();
            async move {
                if let Err(error) = queue.extend_visibility(&receipt, delay).await {
                    tracing::debug!(%error, "message not postponed");
                }
            }
        };
        lambda::sqs_batch::run(fanout, postpone).await
    })
}
