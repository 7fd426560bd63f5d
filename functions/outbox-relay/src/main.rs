//! The outbox: turns changes of orders into messages (`design.md`, *Outbox*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use lambda::config::Environment;
use outbox_relay::Relay;

fn main() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let queues = (
            env.url("SUBSCRIPTION_WORK_QUEUE_URL"),
            env.url("CARRIER_WORK_QUEUE_URL"),
            env.url("ESIM_WORK_QUEUE_URL"),
            env.url("EVENTS_QUEUE_URL"),
        );
        let (subscription, carrier, esim, events) = env.finish(queues)?;
        let subscription_work = WorkQueue::new(&Settings::from_env()?, subscription);
        let carrier_work = subscription_work.sibling(carrier);
        let esim_work = subscription_work.sibling(esim);
        let events = subscription_work.sibling(events);
        subscription_work.warm().await;
        lambda::stream_batch::run(Relay { subscription_work, carrier_work, esim_work, events })
            .await
    })
}
