//! The function in process, on a real engine, with queues that the test looks into.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::{collections::BTreeMap, sync::Arc, time::Duration as StdDuration};

use domain::{
    batch::{Batch, BatchId, BatchKind, BatchStatus},
    clock::Clock,
    order::OrderKind,
    provisioning::{OrderNumber, OrderStatus},
    webhook::{Endpoint, EndpointId, Health, Patterns, Payload, Secret, Secrets},
};
use lambda::{
    Deadline,
    message::{BatchMessage, DeliveryMessage, OrderMessage},
    scheduled::{self, RunFailed},
};
use store::{
    DynamoBatches, DynamoDeliveries, DynamoPublisher, DynamoStock, DynamoWatchdog, StoredDelivery,
};
use sweeper::{Queues, Sweeper};
use testkit::{CapturedQueue, FixedClock, FixedRandom, TestTable, end_order, numbers, place_order};
use time::Duration;

const WATCH: Duration = Duration::minutes(5);

struct Fixture {
    db: TestTable,
    clock: FixedClock,
    random: FixedRandom,
    work: BTreeMap<OrderKind, CapturedQueue>,
    events: CapturedQueue,
    deliveries: CapturedQueue,
    batches: CapturedQueue,
}

impl Fixture {
    async fn new() -> Self {
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
    async fn run(&self) -> Result<(), RunFailed> {
        let queues = Queues {
            work: self.work.clone(),
            events: self.events.clone(),
            deliveries: self.deliveries.clone(),
            batches: self.batches.clone(),
        };
        let sweeper =
            Sweeper::new(&self.db.table, queues, WATCH).with_clock(Arc::new(self.clock.clone()));
        scheduled::once(&sweeper, Deadline::after(StdDuration::from_secs(60))).await
    }

    /// Lets everything become overdue that is not rescheduled.
    fn wait(&self) {
        self.clock.advance(WATCH + Duration::SECOND);
    }

    async fn placed(&self, n: u64) -> OrderNumber {
        place_order(&self.db.table, n, &self.random, self.clock.now()).await
    }

    /// Marks everything that happened to an order as published, without receivers.
    async fn publish(&self, order: OrderNumber) {
        let publisher = DynamoPublisher::new(self.db.table.clone());
        let pending = publisher.pending(&order.to_string()).await.unwrap().unwrap();
        for change in &pending.changes {
            let now = self.clock.now();
            assert!(publisher.publish(&pending, change, &[], now).await.unwrap());
        }
    }

    async fn delivery(&self) -> EndpointId {
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

    async fn batch(&self) -> BatchId {
        let batch = Batch {
            id: BatchId(uuid::Uuid::new_v4()),
            tenant: "t".parse().unwrap(),
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

    fn taken(queue: &CapturedQueue) -> Vec<String> {
        queue.messages::<OrderMessage>().into_iter().map(|message| message.order_id).collect()
    }

    fn ecc(&self) -> &CapturedQueue {
        &self.work[&OrderKind::Ecc]
    }
}

#[tokio::test]
async fn an_overdue_order_is_sent_again_and_then_given_its_time() {
    let app = Fixture::new().await;
    let order = app.placed(1).await.to_string();
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty() && app.events.is_empty(), "not due yet");
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), std::slice::from_ref(&order));
    assert_eq!(Fixture::taken(&app.events), std::slice::from_ref(&order));
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty() && app.events.is_empty(), "a second run sends nothing");
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), [order]);
    assert!(app.work[&OrderKind::Carrier].is_empty() && app.work[&OrderKind::Esim].is_empty());
}

#[tokio::test]
async fn an_order_is_rescheduled_only_after_its_messages_were_taken() {
    let app = Fixture::new().await;
    let order = app.placed(1).await.to_string();
    let due = app.db.attribute(&order, "dueAt").await;
    app.wait();
    for refusing in [app.ecc(), &app.events] {
        refusing.refuse("");
        assert_eq!(app.run().await, Ok(()));
        assert_eq!(app.db.attribute(&order, "dueAt").await, due, "still overdue");
        refusing.accept();
    }
    app.ecc().take();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), std::slice::from_ref(&order));
    assert_eq!(Fixture::taken(&app.events), std::slice::from_ref(&order));
    let again = (app.clock.now() + WATCH).unix_timestamp() * 1_000;
    assert_eq!(app.db.attribute(&order, "dueAt").await, Some(again.to_string()));
}

#[tokio::test]
async fn an_order_whose_queue_refuses_keeps_no_other_from_being_sent() {
    let app = Fixture::new().await;
    let mut orders = Vec::new();
    for n in 1..=5 {
        orders.push(app.placed(n).await.to_string());
    }
    app.wait();
    app.ecc().refuse(&orders[2]);
    assert_eq!(app.run().await, Ok(()));
    let refused = orders.remove(2);
    let mut sent = Fixture::taken(app.ecc());
    sent.sort();
    assert_eq!(sent, orders);
    app.ecc().accept();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), [refused]);
}

#[tokio::test]
async fn a_shard_that_fails_keeps_no_other_from_being_swept() {
    let app = Fixture::new().await;
    let mut shards: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for n in 1..=12 {
        let order = app.placed(n).await.to_string();
        let shard = app.db.attribute(&order, "dueShard").await.unwrap();
        shards.entry(shard).or_default().push(order);
    }
    assert!(shards.len() > 1, "{shards:?}");
    let (_, broken) = shards.pop_first().unwrap();
    app.db.corrupt(&broken[0]).await;
    let (endpoint, batch) = (app.delivery().await, app.batch().await);
    app.wait();
    assert_eq!(app.run().await, Err(RunFailed));
    let mut expected: Vec<String> = shards.into_values().flatten().collect();
    let mut sent = Fixture::taken(app.ecc());
    expected.sort();
    sent.sort();
    assert_eq!(sent, expected);
    let deliveries = app.deliveries.messages::<DeliveryMessage>();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].endpoint_id, endpoint);
    assert_eq!(app.batches.messages::<BatchMessage>()[0].batch_id, batch);
}

#[tokio::test]
async fn orders_come_before_batches_and_batches_before_deliveries() {
    let mut app = Fixture::new().await;
    let all = CapturedQueue::default();
    app.work.insert(OrderKind::Ecc, all.clone());
    (app.events, app.deliveries, app.batches) = (all.clone(), all.clone(), all.clone());
    app.batch().await;
    app.delivery().await;
    app.placed(1).await;
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    let sent = all.take();
    assert_eq!(sent.len(), 4);
    let order = sent[0].message::<OrderMessage>();
    assert_eq!(sent[1].message::<OrderMessage>(), order, "worker, then fan-out");
    sent[2].message::<BatchMessage>();
    sent[3].message::<DeliveryMessage>();
    assert!(sent.iter().all(|sent| sent.delay == StdDuration::ZERO));
}

#[tokio::test]
async fn deliveries_and_batches_are_rescheduled_only_after_their_messages_were_taken() {
    let app = Fixture::new().await;
    app.delivery().await;
    app.batch().await;
    app.wait();
    app.deliveries.refuse("");
    app.batches.refuse("");
    assert_eq!(app.run().await, Ok(()));
    app.deliveries.accept();
    app.batches.accept();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!((app.deliveries.take().len(), app.batches.take().len()), (1, 1));
    assert_eq!(app.run().await, Ok(()));
    assert!(app.deliveries.is_empty() && app.batches.is_empty());
}

#[tokio::test]
async fn an_order_without_work_is_sent_to_the_fanout_alone_until_all_is_published() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    let id = order.to_string();
    end_order(&app.db.table, order, OrderStatus::Completed, None, app.clock.now()).await;
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(&app.events), std::slice::from_ref(&id));
    assert!(app.ecc().is_empty());
    app.publish(order).await;
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty() && app.events.is_empty());
    assert_eq!(app.db.attribute(&id, "dueAt").await, None, "the watchdog is cleared");
}

#[tokio::test]
async fn an_order_that_needs_intervention_is_not_sent() {
    let app = Fixture::new().await;
    let order = app.placed(1).await.to_string();
    let watchdog = DynamoWatchdog::new(app.db.table.clone());
    let open = watchdog.get(&order).await.unwrap().unwrap();
    let now = app.clock.now();
    assert!(watchdog.mark_needs_intervention(&open, "a dead letter", now).await.unwrap());
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty() && app.events.is_empty());
}

#[tokio::test]
async fn an_order_of_a_kind_without_a_queue_stays_overdue_and_stops_nothing() {
    let mut app = Fixture::new().await;
    app.work.remove(&OrderKind::Ecc);
    let order = app.placed(1).await.to_string();
    let due = app.db.attribute(&order, "dueAt").await;
    app.batch().await;
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(app.db.attribute(&order, "dueAt").await, due);
    assert_eq!(app.batches.len(), 1);
}

#[tokio::test]
async fn an_order_that_awaits_stock_is_sent_as_soon_as_the_pool_has_some() {
    let app = Fixture::new().await;
    let (waiting, other) = (app.placed(1).await.to_string(), app.placed(2).await.to_string());
    app.db.set_text(&waiting, "awaitedStock", "consumer").await;
    app.db.set_text(&other, "awaitedStock", "tablet").await;
    let watchdog = DynamoWatchdog::new(app.db.table.clone());
    for order in [&waiting, &other] {
        let open = watchdog.get(order).await.unwrap().unwrap();
        let now = app.clock.now();
        assert!(watchdog.mark_needs_intervention(&open, "no profile", now).await.unwrap());
    }
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty());
    let stock = DynamoStock::new(app.db.table.clone());
    stock.import(&"consumer".parse().unwrap(), &[numbers::iccid(9)]).await.unwrap();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), [waiting]);
}
