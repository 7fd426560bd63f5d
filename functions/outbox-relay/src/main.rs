//! The outbox: turns changes of orders into messages (`infra/docs/architecture.md`, *Outbox*).

use std::process::ExitCode;

use aws::{Settings, WorkQueue};
use lambda::{config::Environment, message::work_queues};
use outbox_relay::Relay;

fn main() -> ExitCode {
    lambda::start(async {
        let mut env = Environment::of_process();
        let queues = (work_queues(env.json("WORK_QUEUES"), &mut env), env.url("EVENTS_QUEUE_URL"));
        let (work, events) = env.finish(queues)?;
        let events = WorkQueue::new(&Settings::from_env()?, events);
        events.warm().await;
        let work = work.into_iter().map(|(kind, url)| (kind, events.sibling(url))).collect();
        lambda::stream_batch::run(Relay::new(work, events)).await
    })
}
