//! The function in process, on a real engine, against receivers that the test plays.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

#[path = "sending/faults.rs"]
mod faults;
#[path = "sending/first.rs"]
mod first;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration as StdDuration,
};

use domain::{
    clock::Clock,
    order::OrderKind,
    webhook::{
        Abandoned, AttemptResult, DELAYS, DeliveryState, DisableReason, Endpoint, EndpointId,
        EndpointUrl, Failure, Health, MessageId, OrderingKey, Outcome, Patterns, Payload, Secret,
        Secrets,
    },
};
use lambda::{
    Deadline,
    message::DeliveryMessage,
    sqs_batch::{self, RecordContext, RecordHandler},
};
use store::{DueItem, DynamoDeliveries, DynamoEndpoints, DynamoWaitingDeliveries, StoredDelivery};
use testkit::{FixedClock, FixedRandom, TestTable};
use time::{Duration, OffsetDateTime};
use webhook_sender::{Attempted, Config, DeliveryTransport, Destination, WebhookSender};

const WATCH: Duration = Duration::minutes(5);

/// What a receiver does, by its host and the time since the test began.
type Behaviour = fn(&str, Duration) -> u16;

#[derive(Clone)]
struct Receivers {
    clock: FixedClock,
    start: OffsetDateTime,
    behaviour: Behaviour,
    /// Every attempt: host, message, when.
    seen: Arc<Mutex<Vec<(String, String, OffsetDateTime)>>>,
    /// Attempts under way, and the most at once, for each host and order.
    at_once: Arc<Mutex<BTreeMap<String, (usize, usize)>>>,
    takes: StdDuration,
}

fn host(url: &EndpointUrl) -> String {
    url.as_str().trim_start_matches("https://").split('.').next().unwrap().to_owned()
}

impl DeliveryTransport for Receivers {
    async fn deliver(
        &self,
        to: &Destination,
        message: &MessageId,
        _: String,
        now: OffsetDateTime,
        _: impl Future<Output = bool> + Send,
    ) -> Attempted {
        let host = host(&to.url);
        let order = message.as_str().rsplit_once('-').unwrap().0;
        let key = format!("{host} {order}");
        self.seen.lock().unwrap().push((host.clone(), message.to_string(), now));
        {
            let mut at_once = self.at_once.lock().unwrap();
            let (current, most) = at_once.entry(key.clone()).or_default();
            *current += 1;
            *most = (*most).max(*current);
        }
        tokio::time::sleep(self.takes).await;
        self.at_once.lock().unwrap().get_mut(&key).unwrap().0 -= 1;
        let status = (self.behaviour)(&host, self.clock.now() - self.start);
        let (outcome, result) = match status {
            0 => (
                Outcome::of_failure(Failure::TimedOut),
                AttemptResult::Failed(Failure::TimedOut.as_str()),
            ),
            status => (Outcome::of_status(status, None), AttemptResult::Answered(status)),
        };
        Attempted { outcome, result, took: Duration::milliseconds(3) }
    }
}

type Messages = Arc<Mutex<BinaryHeap<Reverse<(OffsetDateTime, String, u32)>>>>;

struct Scene {
    db: TestTable,
    clock: FixedClock,
    random: FixedRandom,
    receivers: Receivers,
    messages: Messages,
    /// How long each of the next senders lives.
    lives: Arc<Mutex<Vec<StdDuration>>>,
}

impl Scene {
    async fn new(behaviour: Behaviour) -> Self {
        let clock = FixedClock::default();
        let receivers = Receivers {
            start: clock.now(),
            clock: clock.clone(),
            behaviour,
            seen: Arc::default(),
            at_once: Arc::default(),
            takes: StdDuration::ZERO,
        };
        let (db, random) = (TestTable::create().await, FixedRandom::default());
        Self { db, clock, random, receivers, messages: Arc::default(), lives: Arc::default() }
    }

    async fn endpoint(&self, host: &str) -> Endpoint {
        let now = self.clock.now();
        let endpoint = Endpoint {
            id: EndpointId::new(now, &self.random),
            tenant: "a".parse().unwrap(),
            url: format!("https://{host}.example.com/hook").parse().unwrap(),
            events: Patterns::parse("/events", ["*"]).unwrap(),
            secrets: Secrets::new(Secret::new(&self.random)),
            health: Health::default(),
            created_at: now,
            revision: 1,
        };
        DynamoEndpoints::new(self.db.table.clone()).add(&endpoint).await.unwrap();
        endpoint
    }

    /// Plans a message and puts it into the queue.
    async fn plan(&self, to: &Endpoint, order: &str, sequence: u64) -> DeliveryMessage {
        let now = self.clock.now();
        let status = if sequence == 1 { "PROVISIONING" } else { "COMPLETED" };
        let payload = Payload::order(OrderKind::Ecc, order, status, sequence, now).unwrap();
        let key = OrderingKey { order: format!("ecc-{order}"), sequence };
        let delivery = StoredDelivery::planned(to, &payload, Some(key), "c-1", now);
        let deliveries = DynamoDeliveries::new(self.db.table.clone());
        deliveries.plan(&delivery, now + WATCH).await.unwrap();
        let message = DeliveryMessage::of(&delivery.delivery, &to.tenant, "c-1");
        self.messages.lock().unwrap().push(Reverse((now, message.to_body(), 1)));
        message
    }

    fn sender(&self) -> impl RecordHandler<Message = DeliveryMessage> {
        let (messages, clock) = (self.messages.clone(), self.clock.clone());
        let queue = move |sent: Vec<(String, StdDuration)>| {
            let now = clock.now();
            for (body, delay) in sent {
                messages.lock().unwrap().push(Reverse((now + delay, body, 1)));
            }
            async { true }
        };
        let config = Config { table: String::new(), deliveries: String::new(), watchdog: WATCH };
        WebhookSender::new(self.db.table.clone(), self.receivers.clone(), queue, &config)
            .with(Arc::new(self.clock.clone()), Arc::new(self.random.clone()))
    }

    /// Two messages about each of eight orders were received once, the earlier first.
    fn both_states_of_eight_orders_arrived_once_in_order(&self) {
        let seen = self.receivers.seen.lock().unwrap().clone();
        assert_eq!(seen.len(), 16);
        for order in 0..8 {
            let of = |sequence: u64| {
                let id = format!("msg_ecc-10{order}-{sequence}");
                seen.iter().position(|(_, message, _)| *message == id).unwrap()
            };
            assert!(of(1) < of(2));
        }
    }

    /// Handles a message; puts it back when it is to come again.
    async fn receive(&self, body: &str, receive_count: u32) -> sqs_batch::Outcome {
        let record = RecordContext {
            message_id: "m".to_owned(),
            receipt_handle: String::new(),
            receive_count,
            deadline: Deadline::after(StdDuration::from_secs(30)),
        };
        let outcome = self.sender().handle(serde_json::from_str(body).unwrap(), &record).await;
        if let sqs_batch::Outcome::Retry(_) = outcome {
            let again = self.clock.now() + Duration::SECOND;
            let again = Reverse((again, body.to_owned(), receive_count + 1));
            self.messages.lock().unwrap().push(again);
        }
        outcome
    }

    /// Handles a message in a process that is killed after `life`, wherever it is by then. The
    /// message comes again when its visibility time-out is over.
    async fn receive_and_die(&self, body: &str, receive_count: u32, life: StdDuration) {
        if tokio::time::timeout(life, self.receive(body, receive_count)).await.is_err() {
            let again = self.clock.now() + Duration::minutes(3);
            let again = Reverse((again, body.to_owned(), receive_count + 1));
            self.messages.lock().unwrap().push(again);
        }
    }

    /// Lets time pass: the queue gives what is due (one message in four twice), and the sweeper
    /// comes every `every`.
    async fn pass(&self, length: Duration, every: Duration) {
        let end = self.clock.now() + length;
        let mut sweep = self.clock.now() + every;
        let mut n = 0_u32;
        loop {
            let next = self.messages.lock().unwrap().peek().map(|Reverse((at, ..))| *at);
            let next = next.filter(|at| *at <= sweep).unwrap_or(sweep);
            if next > end {
                self.clock.advance(end - self.clock.now());
                return;
            }
            self.clock.advance((next - self.clock.now()).max(Duration::ZERO));
            let message = {
                let mut messages = self.messages.lock().unwrap();
                let due = messages.peek().is_some_and(|Reverse((at, ..))| *at <= next);
                due.then(|| messages.pop()).flatten()
            };
            match message {
                Some(Reverse((_, body, receives))) => {
                    let life = self.lives.lock().unwrap().pop();
                    if let Some(life) = life {
                        self.receive_and_die(&body, receives, life).await;
                        continue;
                    }
                    self.receive(&body, receives).await;
                    n += 1;
                    if n.is_multiple_of(4) {
                        self.receive(&body, receives + 1).await;
                    }
                }
                None => {
                    self.sweep().await;
                    sweep += every;
                }
            }
        }
    }

    /// Does what the sweeper does.
    async fn sweep(&self) {
        let waiting = DynamoWaitingDeliveries::new(self.db.table.clone());
        let now = self.clock.now();
        let send = |message: DeliveryMessage| {
            self.messages.lock().unwrap().push(Reverse((now, message.to_body(), 1)));
        };
        for shard in 0..16 {
            let (entries, _) = waiting.due(shard, now, 100, None).await.unwrap();
            if entries.is_empty() {
                continue;
            }
            for item in waiting.read(&entries, now).await.unwrap() {
                match item.unwrap() {
                    DueItem::Delivery(due) => {
                        send(DeliveryMessage::of(&due.delivery, &due.tenant, "c-1"));
                        waiting.reschedule(&due, WATCH, now).await.unwrap();
                    }
                    DueItem::Slot(slot) => {
                        if let Some(next) = waiting.next_of(&slot, now, now + WATCH).await.unwrap()
                        {
                            let message = DeliveryMessage::of(&next.delivery, &next.tenant, "c-1");
                            send(message.from_backlog());
                        }
                    }
                }
            }
        }
    }

    async fn stored(&self, message: &DeliveryMessage) -> StoredDelivery {
        let deliveries = DynamoDeliveries::new(self.db.table.clone());
        deliveries.get(&message.endpoint_id, &message.message_id).await.unwrap().unwrap()
    }

    async fn read(&self, endpoint: &Endpoint) -> Endpoint {
        let endpoints = DynamoEndpoints::new(self.db.table.clone());
        endpoints.find(&endpoint.tenant, &endpoint.id).await.unwrap().unwrap()
    }

    fn attempts(&self, host: &str) -> Vec<OffsetDateTime> {
        let seen = self.receivers.seen.lock().unwrap();
        seen.iter().filter(|(of, ..)| of == host).map(|(.., at)| *at).collect()
    }
}

#[tokio::test]
async fn without_faults_every_message_arrives_once_in_its_order_though_the_queue_repeats() {
    let scene = Scene::new(|_, _| 204).await;
    let to = scene.endpoint("well").await;
    for order in 0..8 {
        for sequence in [2, 1] {
            // Both at the same moment, the later state first.
            scene.plan(&to, &format!("10{order}"), sequence).await;
        }
    }
    scene.pass(Duration::minutes(2), Duration::MINUTE).await;
    scene.both_states_of_eight_orders_arrived_once_in_order();
    assert_eq!(scene.read(&to).await.health, Health::default());
}

#[tokio::test]
async fn the_whole_schedule_runs_and_a_dead_endpoint_is_disabled_after_five_days() {
    let scene = Scene::new(|_, _| 0).await;
    let to = scene.endpoint("dead").await;
    let other = scene.endpoint("other").await;
    let first = scene.plan(&to, "1", 1).await;
    scene.pass(Duration::hours(100), Duration::HOUR).await;
    let stored = scene.stored(&first).await;
    assert!(matches!(stored.delivery.state, DeliveryState::Exhausted { .. }), "{stored:?}");
    assert_eq!((stored.attempts.len(), scene.attempts("dead").len()), (10, 10));
    for (wait, planned) in scene.attempts("dead").windows(2).zip(&DELAYS[1..]) {
        let waited = wait[1] - wait[0];
        let late = Duration::HOUR;
        assert!(waited >= *planned * 8 / 10 && waited <= *planned * 12 / 10 + late, "{waited}");
    }
    assert!(!scene.read(&to).await.health.is_disabled());
    let second = scene.plan(&to, "2", 1).await;
    // After the disabling, what still waits is ended when its time comes.
    scene.pass(Duration::hours(70), Duration::HOUR).await;
    let disabled = scene.read(&to).await.health.disabled.unwrap();
    assert_eq!(disabled.why, DisableReason::OnlyFailures);
    let stored = scene.stored(&second).await;
    let why = Abandoned::EndpointDisabled;
    assert!(
        matches!(stored.delivery.state, DeliveryState::Abandoned { why: w, .. } if w == why),
        "{stored:?}"
    );
    let told = scene.attempts("other").len();
    assert!(told >= 1, "the tenant's other endpoint hears of it");
    assert!(!scene.read(&other).await.health.is_disabled());
}

#[tokio::test]
async fn an_endpoint_that_comes_back_gets_everything() {
    let down = |_: &str, at: Duration| if at < Duration::hours(20) { 500 } else { 200 };
    let scene = Scene::new(down).await;
    let to = scene.endpoint("weekend").await;
    let mut all = Vec::new();
    for order in 0..5 {
        all.push(scene.plan(&to, &order.to_string(), 1).await);
        all.push(scene.plan(&to, &order.to_string(), 2).await);
    }
    scene.pass(Duration::hours(50), Duration::HOUR).await;
    for message in &all {
        let stored = scene.stored(message).await;
        assert!(matches!(stored.delivery.state, DeliveryState::Delivered { .. }), "{stored:?}");
    }
    assert_eq!(scene.read(&to).await.health, Health::default());
}

#[tokio::test]
async fn a_410_ends_everything_to_that_endpoint_at_once() {
    let scene = Scene::new(|host, _| if host == "gone" { 410 } else { 200 }).await;
    let (gone, well) = (scene.endpoint("gone").await, scene.endpoint("well").await);
    for order in 0..4 {
        scene.plan(&gone, &order.to_string(), 1).await;
        scene.plan(&well, &order.to_string(), 1).await;
    }
    scene.pass(Duration::minutes(10), Duration::MINUTE).await;
    assert_eq!(scene.attempts("gone").len(), 1);
    // Four of its own, and one about the other.
    assert_eq!(scene.attempts("well").len(), 5);
    assert_eq!(scene.read(&gone).await.health.disabled.unwrap().why, DisableReason::Gone);
}

#[tokio::test]
async fn a_message_that_is_lost_is_sent_by_the_watchdog() {
    let scene = Scene::new(|_, _| 200).await;
    let to = scene.endpoint("well").await;
    let lost = scene.plan(&to, "1", 1).await;
    scene.messages.lock().unwrap().clear();
    scene.pass(Duration::minutes(7), Duration::MINUTE).await;
    let stored = scene.stored(&lost).await;
    assert!(matches!(stored.delivery.state, DeliveryState::Delivered { .. }));
    assert_eq!(scene.attempts("well").len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_was_deleted_gets_nothing_more() {
    let scene = Scene::new(|_, _| 200).await;
    let to = scene.endpoint("well").await;
    let message = scene.plan(&to, "1", 1).await;
    let endpoints = DynamoEndpoints::new(scene.db.table.clone());
    let is_ours = |_: &Endpoint| Ok::<_, Infallible>(());
    let now = scene.clock.now();
    endpoints.remove(&to.tenant, &to.id, None, now, is_ours).await.unwrap().unwrap().unwrap();
    scene.pass(Duration::minutes(1), Duration::MINUTE).await;
    let stored = scene.stored(&message).await;
    let why = Abandoned::EndpointDeleted;
    assert!(matches!(stored.delivery.state, DeliveryState::Abandoned { why: w, .. } if w == why));
    assert_eq!(scene.attempts("well").len(), 0);
}
