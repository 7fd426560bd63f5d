//! The outbox: turns changes of orders into messages (`design.md`, *Outbox*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use edge::config::Environment;
use outbox_relay::Relay;

fn main() -> ExitCode {
    edge::start(async {
        let mut env = Environment::of_process();
        let queue = env.url("SUBSCRIPTION_WORK_QUEUE_URL");
        let queue = WorkQueue::new(&Settings::from_env()?, env.finish(queue)?);
        queue.warm().await;
        edge::stream_batch::run(Relay::new(queue)).await
    })
}
