//! The functions that consume queues, the stream and the schedule.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use batch_worker::BatchWorker;
use carrier_order_worker::CarrierOrderWorker;
use dead_letter_consumer::DeadLetterConsumer;
use domain::{order::OrderKind, scenario::Sandbox};
use esim_worker::{EsimWorker, WorkTerms};
use lambda::{
    Deadline,
    config::WorkLimits,
    scheduled,
    sqs_batch::{Batch, QueueDefault, RecordHandler},
    stream_batch,
};
use network::NetworkRanges;
use notification_fanout::NotificationFanout;
use outbox_relay::Relay;
use seller::SellerApi;
use serde_json::Value;
use service_order_worker::ServiceOrderWorker;
use store::{DynamoEsimWork, DynamoWatchdog, DynamoWork};
use subscription_worker::SubscriptionWorker;
use sweeper::Sweeper;
use tracing::Instrument as _;
use webhook_sender::WebhookSender;

use super::{Consume, LEASE, MAX_RECEIVES, Parts, Queues, WATCHDOG, guard::OwnQueue};
use crate::log::of_function;

const LIMITS: WorkLimits =
    WorkLimits { lease: LEASE, max_receives: MAX_RECEIVES, watchdog: WATCHDOG };

/// The time of one scheduled run.
const RUN: Duration = Duration::from_secs(60);

pub(super) struct Workers {
    functions: BTreeMap<&'static str, Consume>,
    sweeper: Sweeper<OwnQueue>,
    dead_letters: DeadLetterConsumer<Queues>,
}

fn consume<H: RecordHandler>(handler: H) -> Consume {
    let batch = Arc::new(Batch::new(handler, QueueDefault));
    Box::new(move |event| {
        let batch = Arc::clone(&batch);
        Box::pin(async move { batch.handle(&event).await.unwrap() })
    })
}

fn relay(parts: &Parts) -> Consume {
    let function = "outbox-relay";
    let events = parts.queue(function, &parts.queues.events, "EventsQueue");
    let relay = Relay::new(work_queues(parts, function), events, parts.table(function))
        .with_clock(Arc::clone(&parts.clock));
    let relay = Arc::new(relay);
    Box::new(move |event| {
        let relay = Arc::clone(&relay);
        Box::pin(async move { stream_batch::handle(&*relay, &event).await.unwrap() })
    })
}

/// The queues of work as this function reaches them.
pub(super) fn work_queues(parts: &Parts, function: &str) -> BTreeMap<OrderKind, OwnQueue> {
    let name = |kind| match kind {
        OrderKind::Ecc => "SubscriptionWorkQueue",
        OrderKind::Carrier => "CarrierWorkQueue",
        OrderKind::Esim => "EsimWorkQueue",
        OrderKind::Service => "ServiceWorkQueue",
    };
    let queues = parts.queues.work.iter();
    queues.map(|(kind, queue)| (*kind, parts.queue(function, queue, name(*kind)))).collect()
}

impl Workers {
    pub(super) fn new<S: SellerApi>(parts: &Parts, seller: S) -> Self {
        let Parts { clock, queues, .. } = parts;
        let own = |queue, name| parts.queue("sweeper", queue, name);
        let targets = sweeper::Queues {
            work: work_queues(parts, "sweeper"),
            events: own(&queues.events, "EventsQueue"),
            deliveries: own(&queues.deliveries, "DeliveriesQueue"),
            batches: own(&queues.batches, "BatchesQueue"),
        };
        let table = parts.table("sweeper");
        let sweeper = Sweeper::new(&table, targets, WATCHDOG).with_clock(Arc::clone(clock));
        let watchdog = DynamoWatchdog::new(parts.table("dead-letter-consumer"));
        let dead_letters =
            DeadLetterConsumer::new(watchdog, vec![queues.clone()]).with_clock(Arc::clone(clock));
        let mut functions = of_orders(parts, seller);
        functions.extend(of_notifications(parts));
        functions.insert("outbox-relay", relay(parts));
        Self { functions, sweeper, dead_letters }
    }

    pub(super) async fn invoke(&self, function: &str, event: Value) -> Value {
        self.functions[function](event).instrument(of_function(function)).await
    }

    pub(super) async fn sweep(&self) {
        let run = scheduled::once(&self.sweeper, Deadline::after(RUN));
        run.instrument(of_function("sweeper")).await.unwrap();
    }

    pub(super) async fn consume_dead_letters(&self) {
        let run = scheduled::once(&self.dead_letters, Deadline::after(RUN));
        run.instrument(of_function("dead-letter-consumer")).await.unwrap();
    }
}

fn of_orders<S: SellerApi>(parts: &Parts, seller: S) -> BTreeMap<&'static str, Consume> {
    let (clock, random) = (&parts.clock, &parts.random);
    let subscriptions = subscription_worker::Config {
        table: String::new(),
        queue: String::new(),
        network: String::new(),
        ranges: NetworkRanges::default(),
        sandbox: Sandbox::Off,
        limits: LIMITS,
    };
    let work = DynamoWork::new(parts.table("subscription-worker"), WATCHDOG);
    let subscriptions = SubscriptionWorker::new(work, parts.network.clone(), &subscriptions)
        .with_clock(Arc::clone(clock));
    let carrier = carrier_order_worker::Config {
        table: String::new(),
        queue: String::new(),
        sandbox: Sandbox::Off,
        limits: LIMITS,
        switch: None,
    };
    let table = parts.table("carrier-order-worker");
    let carrier = CarrierOrderWorker::new(&table, &carrier, seller).with_clock(Arc::clone(clock));
    let terms = WorkTerms {
        host: "smdp.example.com".parse().unwrap(),
        sandbox: Sandbox::Off,
        limits: LIMITS,
    };
    let work = DynamoEsimWork::new(parts.table("esim-worker"), WATCHDOG);
    let esim = EsimWorker::new(work, parts.smdp.clone(), parts.network.clone(), terms)
        .with(Arc::clone(clock), Arc::clone(random));
    let service = service_order_worker::Config {
        table: String::new(),
        queue: String::new(),
        services: serde_json::from_str(
            &super::PLAN.function("service-order-worker").unwrap().environment
                ["SUBSCRIPTION_SERVICES"],
        )
        .unwrap(),
        sandbox: Sandbox::Off,
        limits: LIMITS,
    };
    let service = ServiceOrderWorker::new(&parts.table("service-order-worker"), &service)
        .with(Arc::clone(clock), random);
    BTreeMap::from([
        ("subscription-worker", consume(subscriptions)),
        ("carrier-order-worker", consume(carrier)),
        ("esim-worker", consume(esim)),
        ("service-order-worker", consume(service)),
    ])
}

fn of_notifications(parts: &Parts) -> BTreeMap<&'static str, Consume> {
    let (clock, random) = (&parts.clock, &parts.random);
    let own = |function, queue, name| parts.queue(function, queue, name);
    let Queues { deliveries, batches, .. } = &parts.queues;
    let sender = webhook_sender::Config {
        table: String::new(),
        deliveries: String::new(),
        watchdog: WATCHDOG,
    };
    let function = "webhook-sender";
    let queue = own(function, deliveries, "DeliveriesQueue");
    let sender = WebhookSender::new(parts.table(function), parts.receivers.clone(), queue, &sender)
        .with(Arc::clone(clock), Arc::clone(random));
    let function = "notification-fanout";
    let deliveries = own(function, deliveries, "DeliveriesQueue");
    let batches = own(function, batches, "BatchesQueue");
    let fanout = NotificationFanout::new(parts.table(function), deliveries, batches, WATCHDOG)
        .with_clock(Arc::clone(clock));
    let batch = batch_worker::Config {
        table: String::new(),
        batches: String::new(),
        services: Vec::new(),
        sandbox: Sandbox::Off,
        watchdog: WATCHDOG,
    };
    let table = parts.table("batch-worker");
    let batch = BatchWorker::new(&table, &batch).with(Arc::clone(clock), Arc::clone(random));
    BTreeMap::from([
        ("notification-fanout", consume(fanout)),
        ("webhook-sender", consume(sender)),
        ("batch-worker", consume(batch)),
    ])
}
