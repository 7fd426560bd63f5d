//! Delivers messages to endpoints (`reliability.md`, *Webhooks*).

use std::{process::ExitCode, time::Duration};

use aws::{Settings, WorkQueue};
use store::Table;
use webhook_sender::{Config, HttpCourier, WebhookSender};

fn main() -> ExitCode {
    lambda::start(async {
        let config = Config::from_env()?;
        let settings = Settings::from_env()?;
        let table = Table::connect(&settings, &config.table);
        let queue = WorkQueue::new(&settings, &config.deliveries);
        tokio::join!(table.warm(), queue.warm());
        let next = queue.clone();
        let dispatch = move |messages| {
            let queue = next.clone();
            async move { queue.send_all(messages).await }
        };
        let sender = WebhookSender::new(table, HttpCourier::default(), dispatch, &config);
        let postpone = move |receipt: String, delay: Duration| {
            let queue = queue.clone();
            async move {
                if let Err(error) = queue.extend_visibility(&receipt, delay).await {
                    tracing::debug!(%error, "message not postponed");
                }
            }
        };
        lambda::sqs_batch::run(sender, postpone).await
    })
}
