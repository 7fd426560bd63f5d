use std::{collections::BTreeMap, sync::Arc, time::Duration as StdDuration};

use domain::{
    batch::{Batch, BatchId, BatchKind, BatchStatus},
    clock::Clock,
    order::OrderKind,
    provisioning::OrderNumber,
    webhook::{Endpoint, EndpointId, Health, Patterns, Payload, Secret, Secrets},
};
use lambda::{
    Deadline,
    dispatch::Dispatch,
    message::OrderMessage,
    scheduled::{self, RunFailed},
};
use store::{DynamoBatches, DynamoDeliveries, DynamoPublisher, StoredDelivery};
use sweeper::{Queues, Sweeper};
use testkit::{CapturedQueue, FixedClock, FixedRandom, TestTable, place_order};
use time::Duration;

pub(crate) const WATCH: Duration = Duration::minutes(5);

pub(crate) struct Fixture {
    pub(crate) db: TestTable,
    pub(crate) clock: FixedClock,
    pub(crate) random: FixedRandom,
    pub(crate) work: BTreeMap<OrderKind, CapturedQueue>,
    pub(crate) events: CapturedQueue,
    pub(crate) deliveries: CapturedQueue,
    pub(crate) batches: CapturedQueue,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self {
            db: TestTable::create().await,
            clock: FixedClock::default(),
            random: FixedRandom::default(),
            work: OrderKind::ALL.map(|kind| (kind, CapturedQueue::default())).into(),
            events: CapturedQueue::default(),
            deliveries: CapturedQueue::default(),
            batches: CapturedQueue::default(),
        }
    }

    /// One run of the function.
    pub(crate) async fn run(&self) -> Result<(), RunFailed> {
        self.run_with(|_, queue| queue, StdDuration::from_secs(60)).await
    }

    /// One run of `length`, with other queues: of a kind of order, or of anything else.
    pub(crate) async fn run_with<D: Dispatch>(
        &self,
        queue: impl Fn(Option<OrderKind>, CapturedQueue) -> D,
        length: StdDuration,
    ) -> Result<(), RunFailed> {
        let work = self.work.iter().map(|(kind, to)| (*kind, queue(Some(*kind), to.clone())));
        let queues = Queues {
            work: work.collect(),
            events: queue(None, self.events.clone()),
            deliveries: queue(None, self.deliveries.clone()),
            batches: queue(None, self.batches.clone()),
        };
        let sweeper =
            Sweeper::new(&self.db.table, queues, WATCH).with_clock(Arc::new(self.clock.clone()));
        scheduled::once(&sweeper, Deadline::after(length)).await
    }

    /// Lets everything become overdue that is not rescheduled.
    pub(crate) fn wait(&self) {
        self.clock.advance(WATCH + Duration::SECOND);
    }

    pub(crate) async fn placed(&self, n: u64) -> OrderNumber {
        place_order(&self.db.table, n, &self.random, self.clock.now()).await
    }

    /// Marks everything that happened to an order as published, without receivers.
    pub(crate) async fn publish(&self, order: OrderNumber) {
        let publisher = DynamoPublisher::new(self.db.table.clone());
        let pending = publisher.pending(&order.to_string()).await.unwrap().unwrap();
        for change in &pending.changes {
            let now = self.clock.now();
            assert!(
                publisher.publish(&pending, std::slice::from_ref(change), &[], now).await.unwrap()
            );
        }
    }

    pub(crate) async fn delivery(&self) -> EndpointId {
        let now = self.clock.now();
        let endpoint = Endpoint {
            id: EndpointId::new(now, &self.random),
            tenant: "t".parse().unwrap(),
            url: "https://receiver.example.com/hook".parse().unwrap(),
            events: Patterns::parse("/events", ["*"]).unwrap(),
            secrets: Secrets::new(Secret::new(&self.random)),
            health: Health::default(),
            created_at: now,
            revision: 1,
        };
        let payload = Payload::order(OrderKind::Ecc, "1", "PROVISIONING", 1, now).unwrap();
        let delivery = StoredDelivery::planned(&endpoint, &payload, None, "c-1", now);
        let deliveries = DynamoDeliveries::new(self.db.table.clone());
        assert!(deliveries.plan(&delivery, now + WATCH).await.unwrap());
        endpoint.id
    }

    pub(crate) async fn batch(&self) -> BatchId {
        self.batch_of("t").await
    }

    pub(crate) async fn batch_of(&self, tenant: &str) -> BatchId {
        let batch = Batch {
            id: BatchId(uuid::Uuid::new_v4()),
            tenant: tenant.parse().unwrap(),
            kind: BatchKind::Multi,
            status: BatchStatus::Initialised,
            created_at: self.clock.now(),
            correlation_id: "c-1".to_owned(),
            requests: Vec::new(),
        };
        let due = self.clock.now() + WATCH;
        DynamoBatches::new(self.db.table.clone()).add(&batch, due, None).await.unwrap();
        batch.id
    }

    pub(crate) fn taken(queue: &CapturedQueue) -> Vec<String> {
        queue.messages::<OrderMessage>().into_iter().map(|message| message.order_id).collect()
    }

    pub(crate) fn ecc(&self) -> &CapturedQueue {
        &self.work[&OrderKind::Ecc]
    }

    /// When an order is due, in milliseconds.
    pub(crate) async fn due(&self, order: &str) -> i64 {
        self.db.attribute(order, "dueAt").await.unwrap().parse().unwrap()
    }
}
