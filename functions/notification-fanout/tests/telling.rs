//! The function in process: messages in, deliveries and feeds out, on a real engine.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

#[path = "telling/in_message.rs"]
mod in_message;

use std::{
    sync::{Arc, Mutex},
    time::Duration as StdDuration,
};

use domain::{
    batch::BatchId,
    clock::{Clock, RandomSource},
    feed::Feed,
    order::{Lifecycle, OrderKind},
    provisioning::{
        BatchOrigin, Decision, Event, Operation, OrderNumber, OrderStatus, ProvisioningOrder,
    },
    subscription::{NewSubscription, OdbProfile, SubscriptionId},
    webhook::Endpoint,
};
use lambda::{
    message::{DeliveryMessage, FirstDelivery, StatusMessage},
    sqs_batch::{Batch, QueueDefault},
};
use notification_fanout::NotificationFanout;
use serde_json::{Value, json};
use store::{
    Authority, DynamoDeliveries, DynamoFeeds, DynamoPlacing, DynamoWatchdog, DynamoWork, Leased,
    Placing,
};
use testkit::{
    Fault, FixedClock, FixedRandom, TestTable, add_endpoint, end_order, numbers, read_feed,
};
use time::Duration;

const WATCH: Duration = Duration::minutes(5);

type Sent = Arc<Mutex<Vec<String>>>;

struct Scene {
    db: TestTable,
    clock: FixedClock,
    random: FixedRandom,
    sent: Sent,
    batches: Sent,
    /// What the queue answers.
    takes: Arc<Mutex<bool>>,
}

impl Scene {
    async fn new() -> Self {
        Self {
            db: TestTable::create().await,
            clock: FixedClock::default(),
            random: FixedRandom::default(),
            sent: Arc::default(),
            batches: Arc::default(),
            takes: Arc::new(Mutex::new(true)),
        }
    }

    async fn endpoint(&self, tenant: &str, patterns: &[&str]) -> Endpoint {
        add_endpoint(&self.db.table, tenant, patterns, &self.random, self.clock.now()).await
    }

    /// Notes that a tenant reads a feed.
    async fn reads(&self, tenant: &str, feed: Feed) {
        read_feed(&self.db.table, tenant, feed, self.clock.now()).await;
    }

    /// Places the order that creates subscription `n`.
    async fn placed(&self, tenant: &str, n: u64) -> OrderNumber {
        self.placed_by(tenant, n, None).await
    }

    async fn placed_by(&self, tenant: &str, n: u64, batch: Option<BatchOrigin>) -> OrderNumber {
        let now = self.clock.now();
        let number = OrderNumber::generate(now, self.random.generate());
        let id = SubscriptionId::new(now, &numbers::iccid(n));
        let subscription = NewSubscription {
            iccid: numbers::iccid(n),
            msisdn: Some(numbers::msisdn(n)),
            imsi: None,
            odb_profile: OdbProfile::default(),
        }
        .into_subscription(id, tenant.parse().unwrap(), number);
        let operation = Operation::Create;
        let order =
            ProvisioningOrder::placed(number, &subscription, operation, now, "c-1".to_owned());
        let order = ProvisioningOrder { batch, ..order };
        let placing = Placing {
            order: &order,
            subscription: &subscription,
            parent: None,
            watchdog: WATCH,
            guard: None,
            now,
        };
        DynamoPlacing::new(self.db.table.clone()).place(&placing).await.unwrap();
        number
    }

    async fn end(&self, id: OrderNumber, status: OrderStatus) {
        let reason = (status == OrderStatus::Canceled).then_some("no such SIM");
        end_order(&self.db.table, id, status, reason, self.clock.now()).await;
    }

    /// Gives messages about orders to a new instance of the function; how many it did not do.
    async fn told(&self, orders: &[OrderNumber]) -> usize {
        let messages: Vec<_> = orders
            .iter()
            .map(|id| json!({ "orderId": id.to_string(), "revision": 1, "correlationId": "c" }))
            .collect();
        self.told_of(&messages).await
    }

    async fn told_of(&self, messages: &[Value]) -> usize {
        let (sent, takes) = (self.sent.clone(), self.takes.clone());
        let queue = move |messages: Vec<(String, StdDuration)>| {
            let taken = *takes.lock().unwrap();
            if taken {
                sent.lock().unwrap().extend(messages.into_iter().map(|(body, _)| body));
            }
            async move { taken }
        };
        let to_batches = self.batches.clone();
        let batches = move |messages: Vec<(String, StdDuration)>| {
            to_batches.lock().unwrap().extend(messages.into_iter().map(|(body, _)| body));
            async { true }
        };
        let fanout = NotificationFanout::new(self.db.table.clone(), queue, batches, WATCH)
            .with_clock(Arc::new(self.clock.clone()));
        let records: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(n, body)| json!({ "messageId": format!("m{n}"), "body": body.to_string() }))
            .collect();
        let answer = Batch::new(fanout, QueueDefault).handle(&json!({ "Records": records })).await;
        answer.unwrap()["batchItemFailures"].as_array().unwrap().len()
    }

    fn sent(&self) -> Vec<DeliveryMessage> {
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        sent.iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }

    async fn feed(&self, tenant: &str, feed: Feed) -> Vec<(u64, Value)> {
        let feeds = DynamoFeeds::new(self.db.table.clone());
        let events = feeds.events(&tenant.parse().unwrap(), feed, 1, 1000).await.unwrap();
        let documented = |(n, body): (u64, serde_json::Map<String, Value>)| {
            let mut event = body.clone();
            event.insert("sequence-number".to_owned(), n.into());
            let schema = match feed {
                Feed::Order => &ecc::events::ORDER_EVENT,
                Feed::StateChange => &ecc::events::STATE_CHANGE_EVENT,
                Feed::Batch => &ecc::events::BATCH_EVENT,
            };
            schema.validate(&event).unwrap();
            (n, Value::Object(body))
        };
        events.into_iter().map(documented).collect()
    }
}

#[tokio::test]
async fn every_endpoint_that_wants_it_gets_one_delivery_and_nobody_elses() {
    let scene = Scene::new().await;
    let all = scene.endpoint("a", &["*"]).await;
    let ends = scene.endpoint("a", &["order.completed"]).await;
    let stranger = scene.endpoint("b", &["*"]).await;
    let order = scene.placed("a", 1).await;
    assert_eq!(scene.told(&[order]).await, 0);
    let first: Vec<_> = scene.sent().into_iter().map(|m| m.endpoint_id).collect();
    assert_eq!(first, std::slice::from_ref(&all.id));
    scene.end(order, OrderStatus::Completed).await;
    assert_eq!(scene.told(&[order]).await, 0);
    let second = scene.sent();
    let to: Vec<_> = second.iter().map(|m| &m.endpoint_id).collect();
    assert_eq!(to, [&all.id, &ends.id]);
    assert!(to.iter().all(|id| **id != stranger.id));
    // Nothing is stored: the messages say all.
    let deliveries = DynamoDeliveries::new(scene.db.table.clone());
    assert_eq!(deliveries.get(&all.id, &second[0].message_id).await.unwrap(), None);
    let change = StatusMessage {
        kind: OrderKind::Ecc,
        status: "COMPLETED".to_owned(),
        sequence: 2,
        at: scene.clock.now(),
    };
    let told: Vec<_> = second.iter().map(|m| (m.after, m.first.clone().unwrap())).collect();
    let first = |index| FirstDelivery { change: change.clone(), index, created_at: change.at };
    // Only one of them was told of the status before.
    assert_eq!(told, [(Some(1), first(0)), (None, first(1))]);
}

#[tokio::test]
async fn a_state_whose_message_was_lost_is_told_before_the_next_one() {
    let scene = Scene::new().await;
    scene.endpoint("a", &["*"]).await;
    scene.reads("a", Feed::Order).await;
    let order = scene.placed("a", 1).await;
    scene.end(order, OrderStatus::Canceled).await;
    assert_eq!(scene.told(&[order]).await, 0);
    let ids: Vec<_> = scene.sent().iter().map(|m| m.message_id.to_string()).collect();
    assert_eq!(ids, [format!("msg_ecc-{order}-1"), format!("msg_ecc-{order}-2")]);
    let feed = scene.feed("a", Feed::Order).await;
    // The feed has one event of each order.
    let expected = json!({
        "time": "2026-11-21T12:00:00Z", "msisdn": numbers::msisdn(1).as_str(),
        "iccid": numbers::iccid(1).as_str(), "orderid": order.to_string(), "status": "CANCELED",
        "type": "OrderEventInfo",
    });
    assert_eq!(feed, [(1, expected)]);
}

#[tokio::test]
async fn a_fan_out_that_dies_anywhere_and_comes_again_tells_everything_once() {
    let scene = Scene::new().await;
    let one = scene.endpoint("a", &["*"]).await;
    let two = scene.endpoint("a", &["*"]).await;
    scene.reads("a", Feed::Order).await;
    let order = scene.placed("a", 1).await;
    scene.end(order, OrderStatus::Completed).await;
    // Each run fails at its first, second, .. call of a kind, as far as there are that many.
    for operation in ["PutItem", "TransactWriteItems", "Query", "GetItem"] {
        for fault in [Fault::AnswerLost, Fault::Throttled] {
            scene.db.proxy.fail_next(operation, fault);
            scene.told(&[order, order]).await;
        }
    }
    *scene.takes.lock().unwrap() = false;
    scene.told(&[order]).await;
    *scene.takes.lock().unwrap() = true;
    assert_eq!(scene.told(&[order, order, order]).await, 0);
    let feed: Vec<_> = scene.feed("a", Feed::Order).await.into_iter().map(|(n, _)| n).collect();
    assert_eq!(feed, [1]);
    let sent = scene.sent();
    for endpoint in [&one, &two] {
        let ids: std::collections::BTreeSet<_> = sent
            .iter()
            .filter(|m| m.endpoint_id == endpoint.id)
            .map(|m| m.message_id.clone())
            .collect();
        assert_eq!(ids.len(), 2);
    }
}

#[tokio::test]
async fn an_end_that_could_not_be_told_stays_with_the_watchdog() {
    let scene = Scene::new().await;
    scene.endpoint("a", &["*"]).await;
    let order = scene.placed("a", 1).await;
    scene.end(order, OrderStatus::Completed).await;
    *scene.takes.lock().unwrap() = false;
    assert_eq!(scene.told(&[order]).await, 1);
    let watchdog = DynamoWatchdog::new(scene.db.table.clone());
    let overdue = async || {
        let mut all = Vec::new();
        for shard in 0..DynamoWatchdog::SHARDS {
            all.extend(watchdog.overdue(shard, scene.clock.now()).await.unwrap());
        }
        all
    };
    scene.clock.advance(WATCH + Duration::SECOND);
    let found = overdue().await;
    assert!(found.len() == 1 && !found[0].has_work() && found[0].unpublished);
    *scene.takes.lock().unwrap() = true;
    assert_eq!(scene.told(&[order]).await, 0);
    assert_eq!(overdue().await, []);
}

#[tokio::test]
async fn a_batch_hears_of_the_end_of_its_order_and_its_event_names_the_batch() {
    let scene = Scene::new().await;
    let id = BatchId(uuid::Uuid::nil());
    scene.reads("a", Feed::Order).await;
    let origin = BatchOrigin { id, index: 7, requestid: Some("mine".to_owned()) };
    let order = scene.placed_by("a", 1, Some(origin)).await;
    assert_eq!(scene.told(&[order]).await, 0);
    assert!(scene.batches.lock().unwrap().is_empty());
    scene.end(order, OrderStatus::Completed).await;
    assert_eq!(scene.told(&[order]).await, 0);
    let told: Value = serde_json::from_str(&scene.batches.lock().unwrap()[0]).unwrap();
    assert_eq!((&told["batchId"], &told["index"]), (&json!(id), &json!(7)));
    let (_, event) = scene.feed("a", Feed::Order).await.remove(0);
    assert_eq!((&event["batchid"], &event["requestid"]), (&json!(id), &json!("mine")));
}

#[tokio::test]
async fn an_order_that_is_not_there_is_poison_and_its_neighbours_are_told() {
    let scene = Scene::new().await;
    scene.reads("a", Feed::Order).await;
    let order = scene.placed("a", 1).await;
    scene.end(order, OrderStatus::Completed).await;
    let absent = OrderNumber::generate(scene.clock.now(), 77);
    assert_eq!(scene.told(&[absent, order]).await, 1);
    assert_eq!(scene.feed("a", Feed::Order).await.len(), 1);
}

impl Scene {
    /// Ends an order by a worker that finds out who is told before something else happens.
    async fn end_while(&self, order: OrderNumber, meanwhile: impl AsyncFnOnce()) {
        let work = DynamoWork::new(self.db.table.clone(), WATCH);
        let now = self.clock.now();
        let leased = work.lease(order, "w".to_owned(), Duration::MINUTE, now).await.unwrap();
        let Leased::Mine(held, lease) = leased else { panic!("{leased:?}") };
        let work = work.for_tenant(&held.tenant, now).await.unwrap();
        meanwhile().await;
        let decision = Decision { event: Event::Done, reason: None, by: "network".to_owned() };
        let applied = held.apply(decision, now).unwrap();
        work.commit(&applied, Authority::Worker(&lease), &()).await.unwrap();
    }

    async fn overdue(&self) -> Vec<String> {
        let watchdog = DynamoWatchdog::new(self.db.table.clone());
        let mut all = Vec::new();
        for shard in 0..DynamoWatchdog::SHARDS {
            let found = watchdog.overdue(shard, self.clock.now()).await.unwrap();
            all.extend(found.into_iter().map(|order| order.id));
        }
        all
    }
}

#[tokio::test]
async fn nothing_is_written_of_what_nobody_is_to_be_told() {
    let scene = Scene::new().await;
    // Somebody else's, one that is disabled, and a feed that is not about orders.
    scene.endpoint("b", &["*"]).await;
    scene.reads("b", Feed::Order).await;
    scene.reads("a", Feed::Batch).await;
    let order = scene.placed("a", 1).await;
    let told = async || {
        scene.db.proxy.take_calls();
        assert_eq!(scene.told(&[order]).await, 0);
        assert_eq!(scene.db.proxy.take_calls(), ["GetItem", "Query"]);
        assert!(scene.sent().is_empty());
    };
    told().await;
    scene.end_while(order, async || {}).await;
    told().await;
    scene.clock.advance(WATCH + Duration::SECOND);
    assert_eq!(scene.overdue().await, [""; 0]);
    assert_eq!(scene.feed("a", Feed::Order).await, []);
}

#[tokio::test]
async fn who_begins_to_listen_while_an_order_ends_is_told_whatever_dies() {
    let scene = Scene::new().await;
    let order = scene.placed("a", 1).await;
    scene
        .end_while(order, async || {
            scene.endpoint("a", &["order.completed"]).await;
            scene.reads("a", Feed::Order).await;
        })
        .await;
    // The fan-out fails after it has found them: the order has a watchdog again.
    *scene.takes.lock().unwrap() = false;
    assert_eq!(scene.told(&[order]).await, 1);
    scene.clock.advance(WATCH + Duration::SECOND);
    assert_eq!(scene.overdue().await, [order.to_string()]);
    *scene.takes.lock().unwrap() = true;
    assert_eq!(scene.told(&[order]).await, 0);
    let sent: Vec<_> = scene.sent().iter().map(|m| m.message_id.to_string()).collect();
    assert_eq!(sent, [format!("msg_ecc-{order}-2")]);
    assert_eq!(scene.feed("a", Feed::Order).await.len(), 1);
    assert_eq!(scene.overdue().await, [""; 0]);
}

#[tokio::test]
async fn each_feed_has_its_events_only_while_it_is_read() {
    let scene = Scene::new().await;
    scene.reads("a", Feed::Order).await;
    let ends = async |n: u64| {
        let order = scene.placed("a", n).await;
        scene.end(order, OrderStatus::Completed).await;
        assert_eq!(scene.told(&[order]).await, 0);
    };
    ends(1).await;
    scene.clock.advance(Duration::days(7) + Duration::SECOND);
    ends(2).await;
    scene.reads("a", Feed::Order).await;
    ends(3).await;
    // The numbers go on where they ended.
    let feed = scene.feed("a", Feed::Order).await;
    assert_eq!(feed.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
    let sim = |n| json!(numbers::iccid(n).as_str());
    assert_eq!((&feed[0].1["iccid"], &feed[1].1["iccid"]), (&sim(1), &sim(3)));
}
