//! The function in process: records of the table's own stream in, messages out.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::{collections::BTreeMap, sync::Arc, time::Duration as StdDuration};

use domain::{
    clock::Clock,
    feed::Feed,
    order::OrderKind,
    provisioning::{OrderNumber, OrderStatus},
};
use lambda::{
    message::{OrderMessage, Publication},
    stream_batch,
};
use outbox_relay::Relay;
use serde_json::{Value, json};
use store::{DynamoPublisher, DynamoWork, Leased};
use testkit::{
    CapturedQueue, Fault, FixedClock, FixedRandom, TestTable, add_endpoint, end_order, place_order,
    queue, read_feed,
};
use time::Duration;

struct Fixture {
    db: TestTable,
    clock: FixedClock,
    random: FixedRandom,
    work: BTreeMap<OrderKind, CapturedQueue>,
    events: CapturedQueue,
}

impl Fixture {
    /// With an endpoint that hears of everything.
    async fn new() -> Self {
        let app = Self::without_subscribers().await;
        app.endpoint(&["*"]).await;
        app.db.changes().await;
        app
    }

    async fn endpoint(&self, patterns: &[&str]) {
        add_endpoint(&self.db.table, "t", patterns, &self.random, self.clock.now()).await;
    }

    async fn without_subscribers() -> Self {
        Self {
            db: TestTable::create().await,
            clock: FixedClock::default(),
            random: FixedRandom::default(),
            work: OrderKind::ALL.map(|kind| (kind, CapturedQueue::default())).into(),
            events: CapturedQueue::default(),
        }
    }

    async fn placed(&self, n: u64) -> OrderNumber {
        place_order(&self.db.table, n, &self.random, self.clock.now()).await
    }

    /// The records since the last call that the mapping's filter lets pass: orders that no worker
    /// holds.
    async fn orders(&self) -> Vec<Value> {
        let mut records = self.db.changes().await;
        records.retain(|record| {
            let images = &record["dynamodb"];
            images["Keys"]["sk"]["S"] == "ORDER" && images["NewImage"]["leaseOwner"].is_null()
        });
        records
    }

    /// Gives records to a new instance of the function; the sequence numbers that it reports.
    async fn relayed(&self, records: &[Value]) -> Vec<String> {
        let relay = Relay::new(self.work.clone(), self.events.clone(), self.db.table.clone())
            .with_clock(Arc::new(self.clock.clone()));
        let response = stream_batch::handle(&relay, &json!({ "Records": records })).await.unwrap();
        queue::failures(&response).into_iter().map(ToOwned::to_owned).collect()
    }

    fn ecc(&self) -> &CapturedQueue {
        &self.work[&OrderKind::Ecc]
    }

    /// The orders named by the messages in a queue.
    fn taken(queue: &CapturedQueue) -> Vec<String> {
        queue.messages::<OrderMessage>().into_iter().map(|message| message.order_id).collect()
    }
}

fn sequence(record: &Value) -> String {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_placed_order_is_sent_once_to_its_worker_and_once_to_the_fanout() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    // With all items of the transaction: only the order's is relayed.
    let records = app.db.changes().await;
    assert!(records.len() > 1, "{records:?}");
    assert_eq!(app.relayed(&records).await, [""; 0]);
    for queue in [app.ecc(), &app.events] {
        let sent = queue.take();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].delay, StdDuration::ZERO);
        let message: OrderMessage = sent[0].message();
        assert_eq!(message.order_id, order.to_string());
        assert_eq!((message.revision, &*message.correlation_id), (1, "correlation-1"));
    }
    assert!(app.work[&OrderKind::Carrier].is_empty() && app.work[&OrderKind::Esim].is_empty());
}

#[tokio::test]
async fn a_batch_is_one_call_of_each_queue() {
    let app = Fixture::new().await;
    for n in 1..=3 {
        app.placed(n).await;
    }
    assert_eq!(app.relayed(&app.orders().await).await, [""; 0]);
    assert_eq!((app.ecc().len(), app.ecc().calls()), (3, 1));
    assert_eq!((app.events.len(), app.events.calls()), (3, 1));
    assert_eq!(app.work[&OrderKind::Esim].calls(), 0);
}

#[tokio::test]
async fn records_that_come_again_are_sent_again_as_they_were() {
    let app = Fixture::new().await;
    app.placed(1).await;
    let records = app.orders().await;
    assert_eq!(app.relayed(&records).await, [""; 0]);
    let (work, events) = (app.ecc().take(), app.events.take());
    assert_eq!(app.relayed(&records).await, [""; 0]);
    assert_eq!((app.ecc().take(), app.events.take()), (work, events));
}

#[tokio::test]
async fn a_lease_is_sent_to_nobody_and_an_end_to_the_fanout_alone() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.orders().await;
    let work = DynamoWork::new(app.db.table.clone(), Duration::minutes(5));
    let now = app.clock.now();
    let leased = work.lease(order, "worker".to_owned(), Duration::MINUTE, now).await.unwrap();
    assert!(matches!(leased, Leased::Mine(..)));
    // As if the mapping had no filter.
    let lease = app.db.changes().await;
    assert_eq!(lease.len(), 1);
    assert_eq!(app.relayed(&lease).await, [""; 0]);
    assert_eq!((app.ecc().calls(), app.events.calls()), (0, 0));
    app.clock.advance(Duration::MINUTE + Duration::SECOND);
    let now = app.clock.now();
    end_order(&app.db.table, order, OrderStatus::Completed, None, now).await;
    assert_eq!(app.relayed(&app.orders().await).await, [""; 0]);
    assert_eq!(app.ecc().calls(), 0);
    assert_eq!(Fixture::taken(&app.events), [order.to_string()]);
}

#[tokio::test]
async fn work_that_waits_is_sent_with_the_delay_that_the_item_names() {
    let app = Fixture::new().await;
    app.placed(1).await;
    let mut record = app.orders().await.remove(0);
    record["eventName"] = "MODIFY".into();
    let images = &mut record["dynamodb"];
    images["OldImage"] = images["NewImage"].clone();
    images["NewImage"]["workSeq"] = json!({ "N": "2" });
    let now = app.clock.now().unix_timestamp() * 1_000;
    for (wait, delays) in [(60, vec![60]), (900, vec![900]), (901, vec![])] {
        let after = (now + wait * 1_000).to_string();
        record["dynamodb"]["NewImage"]["workAfter"] = json!({ "N": after });
        assert_eq!(app.relayed(std::slice::from_ref(&record)).await, [""; 0]);
        let sent: Vec<u64> = app.ecc().take().iter().map(|sent| sent.delay.as_secs()).collect();
        assert_eq!(sent, delays);
    }
    assert_eq!(app.events.calls(), 0, "nothing has happened to it");
}

#[tokio::test]
async fn an_unreadable_order_fails_alone() {
    let app = Fixture::new().await;
    let mut orders = Vec::new();
    for n in 1..=3 {
        orders.push(app.placed(n).await.to_string());
    }
    let mut records = app.orders().await;
    records[1]["dynamodb"]["NewImage"]["revision"] = json!({ "S": "none" });
    assert_eq!(app.relayed(&records).await, [sequence(&records[1])]);
    orders.remove(1);
    assert_eq!(Fixture::taken(app.ecc()), orders);
    assert_eq!(Fixture::taken(&app.events), orders);
}

#[tokio::test]
async fn a_message_that_its_queue_did_not_take_is_reported_and_no_other() {
    let app = Fixture::new().await;
    let mut orders = Vec::new();
    for n in 1..=3 {
        orders.push(app.placed(n).await.to_string());
    }
    let records = app.orders().await;
    app.ecc().refuse(&orders[1]);
    assert_eq!(app.relayed(&records).await, [sequence(&records[1])]);
    assert_eq!(Fixture::taken(app.ecc()), [orders[0].clone(), orders[2].clone()]);
    assert_eq!(Fixture::taken(&app.events), orders);
    app.ecc().accept();
    assert_eq!(app.relayed(&records[1..]).await, [""; 0]);
    assert_eq!(Fixture::taken(app.ecc()), orders[1..]);
}

#[tokio::test]
async fn a_kind_without_a_queue_fails_and_its_events_are_sent() {
    let mut app = Fixture::new().await;
    app.work.remove(&OrderKind::Ecc);
    let order = app.placed(1).await;
    let records = app.orders().await;
    assert_eq!(app.relayed(&records).await, [sequence(&records[0])]);
    assert_eq!(Fixture::taken(&app.events), [order.to_string()]);
}

#[tokio::test]
async fn what_nobody_is_to_be_told_goes_to_its_worker_alone_and_costs_one_read() {
    let app = Fixture::without_subscribers().await;
    for n in 1..=3 {
        app.placed(n).await;
    }
    let records = app.orders().await;
    app.db.proxy.take_calls();
    assert_eq!(app.relayed(&records).await, [""; 0]);
    assert_eq!(app.db.proxy.take_calls(), ["Query"], "one tenant");
    assert_eq!((app.ecc().len(), app.events.calls()), (3, 0));
}

#[tokio::test]
async fn who_begins_to_listen_before_a_change_is_relayed_is_told() {
    for feed in [false, true] {
        let app = Fixture::without_subscribers().await;
        let order = app.placed(1).await;
        let records = app.orders().await;
        let now = app.clock.now();
        match feed {
            true => read_feed(&app.db.table, "t", Feed::Order, now).await,
            false => app.endpoint(&["order.accepted", "order.completed"]).await,
        }
        assert_eq!(app.relayed(&records).await, [""; 0]);
        // The feed has an event of the end only.
        assert_eq!(app.events.take().len(), usize::from(!feed));
        end_order(&app.db.table, order, OrderStatus::Completed, None, now).await;
        assert_eq!(app.relayed(&app.orders().await).await, [""; 0]);
        assert_eq!(Fixture::taken(&app.events), [order.to_string()]);
    }
}

#[tokio::test]
async fn an_end_that_has_a_watchdog_until_it_is_published_is_always_sent() {
    let app = Fixture::without_subscribers().await;
    let order = app.placed(1).await;
    app.orders().await;
    // As the operator ends it, who does not ask whether somebody is to be told.
    end_order(&app.db.table, order, OrderStatus::Canceled, None, app.clock.now()).await;
    assert_eq!(app.relayed(&app.orders().await).await, [""; 0]);
    assert_eq!(Fixture::taken(&app.events), [order.to_string()]);
}

#[tokio::test]
async fn subscribers_that_cannot_be_read_may_be_there() {
    let app = Fixture::without_subscribers().await;
    let order = app.placed(1).await;
    let records = app.orders().await;
    for _ in 0..10 {
        app.db.proxy.fail_next("Query", Fault::Throttled);
    }
    assert_eq!(app.relayed(&records).await, [""; 0]);
    assert_eq!(Fixture::taken(&app.events), [order.to_string()]);
}

impl Fixture {
    /// What the message to the fan-out says of the only order that has changed.
    async fn publication(&self) -> Option<Publication> {
        assert_eq!(self.relayed(&self.orders().await).await, [""; 0]);
        let mut sent = self.events.take();
        assert_eq!(sent.len(), 1);
        sent.remove(0).message::<OrderMessage>().publication
    }

    /// Places an order of which the first status is published.
    async fn published(&self, n: u64) -> OrderNumber {
        let order = self.placed(n).await;
        let publisher = DynamoPublisher::new(self.db.table.clone());
        assert!(publisher.mark(&order.to_string(), 1, false, self.clock.now()).await.unwrap());
        self.db.changes().await;
        order
    }

    async fn end(&self, order: OrderNumber, status: OrderStatus, reason: Option<&str>) {
        end_order(&self.db.table, order, status, reason, self.clock.now()).await;
    }
}

#[tokio::test]
async fn the_fanout_need_not_read_what_the_order_and_its_subscribers_say() {
    let app = Fixture::new().await;
    app.endpoint(&["order.completed"]).await;
    let order = app.published(1).await;
    app.placed(2).await;
    let first = app.publication().await.unwrap();
    assert_eq!((&*first.change.status, first.change.sequence), ("PROVISIONING", 1));
    let told = |of: &Publication| -> Vec<_> {
        of.endpoints.iter().map(|to| (to.index, to.after)).collect()
    };
    assert_eq!((told(&first), first.is_final), (vec![(0, None)], false));
    app.end(order, OrderStatus::Completed, None).await;
    let last = app.publication().await.unwrap();
    assert_eq!((&*last.change.status, last.change.sequence), ("COMPLETED", 2));
    assert_eq!((told(&last), last.is_final), (vec![(0, Some(1)), (1, None)], true));
}

#[tokio::test]
async fn the_fanout_reads_what_the_message_must_not_or_cannot_say() {
    let app = Fixture::new().await;
    let order = app.published(1).await;
    app.end(order, OrderStatus::Canceled, Some("no such SIM")).await;
    assert_eq!(app.publication().await, None, "a reason may have personal data");
    let order = app.placed(2).await;
    app.db.changes().await;
    app.end(order, OrderStatus::Completed, None).await;
    assert_eq!(app.publication().await, None, "two statuses are pending");
    read_feed(&app.db.table, "t", Feed::Order, app.clock.now()).await;
    let order = app.published(3).await;
    app.end(order, OrderStatus::Completed, None).await;
    assert_eq!(app.publication().await, None, "a feed has an event of it");
}
