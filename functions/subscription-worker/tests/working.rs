//! The function in process, on a real engine, with a network that the test plays.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration as StdDuration,
};

use domain::{
    clock::Clock,
    lease::Lease,
    network::{Lookup, NetworkAnswer, SubscriptionNetwork},
    provisioning::{OrderNumber, OrderStatus, ProvisioningOrder},
    subscription::{Subscription, SubscriptionRef},
};
use lambda::{
    Deadline,
    config::WorkLimits,
    message::OrderMessage,
    sqs_batch::{Batch, Outcome, QueueDefault, RecordContext, RecordHandler},
};
use network::NetworkRanges;
use store::{DynamoOrders, DynamoSubscriptions, DynamoWatchdog, DynamoWork, Leased};
use subscription_worker::{Config, SubscriptionWorker};
use testkit::{
    Fault, FixedClock, FixedRandom, TestTable, add_endpoint, end_order, numbers, place_order, queue,
};
use time::Duration;

const LEASE: Duration = Duration::seconds(90);
const MAX_RECEIVES: u32 = 3;

/// What the network does when it is called.
enum Reaction {
    /// It answers.
    Answers(NetworkAnswer),
    Hangs,
    /// The worker's lease expires, another worker cancels the order, and then the network says
    /// that it is done.
    OutlivesLease(Arc<TestTable>, FixedClock),
}

#[derive(Default)]
struct Script {
    reactions: VecDeque<Reaction>,
    lookups: VecDeque<Lookup>,
    calls: Vec<String>,
}

/// The operator's provisioning system. Clones are the same one.
#[derive(Clone, Default)]
struct Network(Arc<Mutex<Script>>);

impl Network {
    fn answers(&self, answer: NetworkAnswer) {
        self.reacts(Reaction::Answers(answer));
    }

    fn reacts(&self, reaction: Reaction) {
        self.0.lock().unwrap().reactions.push_back(reaction);
    }

    fn knows(&self, lookup: Lookup) {
        self.0.lock().unwrap().lookups.push_back(lookup);
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }
}

impl SubscriptionNetwork for Network {
    async fn carry_out(&self, order: &ProvisioningOrder, _: &Lease) -> NetworkAnswer {
        let reaction = {
            let mut script = self.0.lock().unwrap();
            script.calls.push(format!("carry out {}", order.id));
            script.reactions.pop_front().expect("the test expects no call")
        };
        match reaction {
            Reaction::Answers(answer) => answer,
            Reaction::Hangs => std::future::pending().await,
            Reaction::OutlivesLease(db, clock) => {
                clock.advance(LEASE + Duration::SECOND);
                let (status, now) = (OrderStatus::Canceled, clock.now());
                end_order(&db.table, order.id, status, Some("by another"), now).await;
                NetworkAnswer::Done
            }
        }
    }

    async fn look_up(&self, order: &ProvisioningOrder) -> Lookup {
        let mut script = self.0.lock().unwrap();
        script.calls.push(format!("look up {}", order.id));
        script.lookups.pop_front().expect("the test expects no question")
    }
}

struct Fixture {
    db: Arc<TestTable>,
    clock: FixedClock,
    random: FixedRandom,
    network: Network,
}

fn message(id: impl ToString) -> OrderMessage {
    let (correlation_id, tenant, publication) = ("correlation-1".to_owned(), None, None);
    OrderMessage { order_id: id.to_string(), revision: 1, correlation_id, tenant, publication }
}

fn body(id: impl ToString) -> String {
    serde_json::to_string(&message(id)).unwrap()
}

fn unknown() -> NetworkAnswer {
    NetworkAnswer::Unknown { why: "no connection".to_owned() }
}

impl Fixture {
    async fn new() -> Self {
        let (clock, random) = (FixedClock::default(), FixedRandom::default());
        Self { db: Arc::new(TestTable::create().await), clock, random, network: Network::default() }
    }

    /// Somebody who is told of some events.
    async fn endpoint(&self, pattern: &str) {
        add_endpoint(&self.db.table, "t", &[pattern], &self.random, self.clock.now()).await;
    }

    async fn placed(&self, n: u64) -> OrderNumber {
        place_order(&self.db.table, n, &self.random, self.clock.now()).await
    }

    fn worker(&self, watchdog: Duration) -> SubscriptionWorker<Network> {
        let config = Config {
            table: String::new(),
            queue: String::new(),
            network: String::new(),
            ranges: NetworkRanges::default(),
            sandbox: domain::scenario::Sandbox::Off,
            limits: WorkLimits { lease: LEASE, max_receives: MAX_RECEIVES, watchdog },
        };
        let (work, clock) = (DynamoWork::new(self.db.table.clone(), watchdog), self.clock.clone());
        SubscriptionWorker::new(work, self.network.clone(), &config).with_clock(Arc::new(clock))
    }

    /// Gives messages to a new instance of the function; those that it reports as failed.
    async fn received(&self, bodies: &[String], receives: u32) -> Vec<String> {
        let batch = Batch::new(self.worker(Duration::minutes(5)), QueueDefault);
        let response = batch.handle(&queue::sqs_event(bodies, receives)).await.unwrap();
        queue::failures(&response).into_iter().map(ToOwned::to_owned).collect()
    }

    async fn order(&self, id: OrderNumber) -> ProvisioningOrder {
        DynamoOrders::new(self.db.table.clone()).get(id).await.unwrap().unwrap()
    }

    async fn status(&self, id: OrderNumber) -> OrderStatus {
        self.order(id).await.status
    }

    async fn subscription(&self, n: u64) -> Option<Subscription> {
        let subscriptions = DynamoSubscriptions::new(self.db.table.clone());
        let by_sim = SubscriptionRef::Iccid(numbers::iccid(n));
        subscriptions.find(&"t".parse().unwrap(), &by_sim).await.unwrap()
    }
}

#[tokio::test]
async fn a_message_that_comes_again_finds_the_work_done() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.answers(NetworkAnswer::Done);
    assert_eq!(app.received(&[body(order)], 1).await, [""; 0]);
    let ended = app.order(order).await;
    assert_eq!(ended.status, OrderStatus::Completed);
    assert_eq!(app.received(&[body(order)], 1).await, [""; 0]);
    assert_eq!(app.received(&[body(order)], 2).await, [""; 0]);
    assert_eq!(app.order(order).await, ended);
    assert_eq!(app.network.calls(), [format!("carry out {order}")]);
}

#[tokio::test]
async fn a_poison_message_fails_alone() {
    let app = Fixture::new().await;
    let (first, last) = (app.placed(1).await, app.placed(2).await);
    app.network.answers(NetworkAnswer::Done);
    app.network.answers(NetworkAnswer::Done);
    let bodies = [body(first), "no JSON".to_owned(), body("no number"), body(123_456), body(last)];
    let failed = app.received(&bodies, 1).await;
    assert_eq!(failed, ["message-2", "message-3", "message-4"]);
    assert_eq!(app.status(first).await, OrderStatus::Completed);
    assert_eq!(app.status(last).await, OrderStatus::Completed);
}

#[tokio::test]
async fn an_unknown_outcome_is_looked_up_before_anything_is_sent_again() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.answers(unknown());
    assert_eq!(app.received(&[body(order)], 1).await, ["message-1"]);
    assert_eq!(app.status(order).await, OrderStatus::Provisioning, "no refusal");
    app.network.knows(Lookup::Unknown { why: "no connection".to_owned() });
    assert_eq!(app.received(&[body(order)], 2).await, ["message-1"]);
    assert_eq!(app.status(order).await, OrderStatus::Provisioning);
    app.network.knows(Lookup::Known(NetworkAnswer::Done));
    assert_eq!(app.received(&[body(order)], 2).await, [""; 0]);
    assert_eq!(app.status(order).await, OrderStatus::Completed);
    let [sent, asked] = [format!("carry out {order}"), format!("look up {order}")];
    assert_eq!(app.network.calls(), [sent, asked.clone(), asked]);
}

#[tokio::test]
async fn an_operation_that_never_arrived_is_sent_again() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.answers(unknown());
    assert_eq!(app.received(&[body(order)], 1).await, ["message-1"]);
    app.network.knows(Lookup::Never);
    app.network.answers(NetworkAnswer::Done);
    assert_eq!(app.received(&[body(order)], 2).await, [""; 0]);
    assert_eq!(app.status(order).await, OrderStatus::Completed);
}

#[tokio::test]
async fn a_refusal_cancels_the_order_with_its_reason() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.answers(NetworkAnswer::Refused { reason: "no such SIM".to_owned() });
    assert_eq!(app.received(&[body(order)], 1).await, [""; 0]);
    let ended = app.order(order).await;
    assert_eq!(ended.status, OrderStatus::Canceled);
    let last = ended.history.last().unwrap();
    assert_eq!(last.reason.as_deref(), Some("no such SIM"));
    assert!(app.subscription(1).await.is_none(), "its numbers are free");
}

#[tokio::test]
async fn a_network_that_does_not_answer_in_time_has_refused_nothing() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.reacts(Reaction::Hangs);
    let record = RecordContext {
        message_id: "message-1".to_owned(),
        receipt_handle: "receipt-0".to_owned(),
        receive_count: 1,
        // Five seconds are kept for the commit.
        deadline: Deadline::after(StdDuration::from_millis(5_100)),
    };
    let outcome = app.worker(Duration::minutes(5)).handle(message(order), &record).await;
    assert!(matches!(&outcome, Outcome::Retry(why) if why.text() == "no answer in time"));
    assert_eq!(app.status(order).await, OrderStatus::Provisioning);
}

#[tokio::test]
async fn the_last_attempt_marks_the_order_and_keeps_its_lock() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.answers(unknown());
    assert_eq!(app.received(&[body(order)], MAX_RECEIVES - 1).await, ["message-1"]);
    assert_eq!(app.order(order).await.needs_intervention, None);
    app.network.knows(Lookup::Known(NetworkAnswer::Running));
    assert_eq!(app.received(&[body(order)], MAX_RECEIVES).await, ["message-1"]);
    let marked = app.order(order).await;
    assert_eq!(marked.status, OrderStatus::Provisioning);
    let intervention = marked.needs_intervention.unwrap();
    assert_eq!((intervention.since, intervention.retried), (app.clock.now(), false));
    assert_eq!(app.subscription(1).await.unwrap().outstanding_order, Some(order));
    // The operator sends the message again.
    app.network.knows(Lookup::Known(NetworkAnswer::Done));
    assert_eq!(app.received(&[body(order)], 1).await, [""; 0]);
    let ended = app.order(order).await;
    assert_eq!((ended.status, ended.needs_intervention), (OrderStatus::Completed, None));
    assert_eq!(app.subscription(1).await.unwrap().outstanding_order, None);
}

#[tokio::test]
async fn an_order_that_another_worker_holds_is_tried_again_later() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    let work = DynamoWork::new(app.db.table.clone(), Duration::minutes(5));
    let now = app.clock.now();
    let leased = work.lease(order, "another".to_owned(), LEASE, now).await.unwrap();
    assert!(matches!(leased, Leased::Mine(..)));
    assert_eq!(app.received(&[body(order)], MAX_RECEIVES).await, ["message-1"]);
    assert_eq!(app.network.calls(), [""; 0]);
    assert_eq!(app.order(order).await.needs_intervention, None);
}

#[tokio::test]
async fn a_worker_whose_lease_was_superseded_changes_nothing() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.reacts(Reaction::OutlivesLease(Arc::clone(&app.db), app.clock.clone()));
    assert_eq!(app.received(&[body(order)], 1).await, [""; 0]);
    let ended = app.order(order).await;
    assert_eq!(ended.status, OrderStatus::Canceled);
    let last = ended.history.last().unwrap();
    assert_eq!(last.reason.as_deref(), Some("by another"));
    assert!(app.subscription(1).await.is_none());
}

#[tokio::test]
async fn the_watchdogs_time_counts_for_the_end_of_an_order() {
    let app = Fixture::new().await;
    app.endpoint("order.*").await;
    let order = app.placed(1).await;
    app.network.answers(NetworkAnswer::Done);
    let batch = Batch::new(app.worker(Duration::seconds(30)), QueueDefault);
    let response = batch.handle(&queue::sqs_event(&[body(order)], 1)).await.unwrap();
    assert_eq!(queue::failures(&response), [""; 0]);
    let due = (app.clock.now() + Duration::seconds(30)).unix_timestamp() * 1_000;
    let found = app.db.attribute(&order.to_string(), "dueAt").await;
    assert_eq!(found, Some(due.to_string()));
}

#[tokio::test]
async fn an_end_that_nobody_is_told_of_has_no_watchdog_and_takes_three_calls() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.answers(NetworkAnswer::Done);
    app.db.proxy.take_calls();
    assert_eq!(app.received(&[body(order)], 1).await, [""; 0]);
    assert_eq!(app.db.proxy.take_calls(), ["UpdateItem", "Query", "TransactWriteItems"]);
    assert_eq!(app.db.attribute(&order.to_string(), "dueAt").await, None);
    // Whether somebody is to be told cannot be read: somebody may be.
    let order = app.placed(2).await;
    app.network.answers(NetworkAnswer::Done);
    for _ in 0..10 {
        app.db.proxy.fail_next("Query", Fault::Throttled);
    }
    assert_eq!(app.received(&[body(order)], 1).await, [""; 0]);
    assert!(app.db.attribute(&order.to_string(), "dueAt").await.is_some());
}

#[tokio::test]
async fn an_order_that_waits_is_not_late_because_of_what_nobody_wants_to_hear() {
    for (n, pattern, is_late) in [(1, "order.completed", false), (2, "order.accepted", true)] {
        let app = Fixture::new().await;
        app.endpoint(pattern).await;
        let order = app.placed(n).await;
        app.network.answers(away());
        assert_eq!(app.received(&[body(order)], MAX_RECEIVES).await, [""; 0]);
        let watchdog = DynamoWatchdog::new(app.db.table.clone());
        let waits = watchdog.get(&order.to_string()).await.unwrap().unwrap();
        app.clock.advance(Duration::HOUR);
        assert!(waits.works(app.clock.now()));
        assert_eq!(waits.is_late(app.clock.now()), is_late, "{pattern}");
    }
}

fn away() -> NetworkAnswer {
    NetworkAnswer::Away { why: "no connection".to_owned() }
}

#[tokio::test]
async fn an_order_waits_for_a_day_for_a_network_that_is_away_and_is_no_dead_letter() {
    let app = Fixture::new().await;
    let (order, watchdog) = (app.placed(1).await, DynamoWatchdog::new(app.db.table.clone()));
    let open = async || watchdog.get(&order.to_string()).await.unwrap().unwrap();
    app.network.answers(away());
    assert_eq!(app.received(&[body(order)], 1).await, ["message-1"], "it is tried again");
    let (mut attempts, placed) = (0, app.clock.now());
    app.clock.advance(Duration::minutes(7));
    while app.clock.now() - placed <= Duration::DAY {
        app.network.knows(Lookup::Away { why: "no connection".to_owned() });
        // After half an hour, one attempt of each message is enough.
        let is_young = app.clock.now() - placed <= Duration::minutes(30);
        let receives = if is_young { MAX_RECEIVES } else { 1 };
        assert_eq!(app.received(&[body(order)], receives).await, [""; 0]);
        let waiting = open().await;
        assert_eq!(waiting.needs_intervention, None);
        let until = waiting.due().unwrap();
        assert!(!waiting.works(until - Duration::SECOND) && waiting.works(until));
        assert!(!waiting.is_open_call(u64::MAX), "it waits");
        app.clock.advance(until - app.clock.now());
        attempts += 1;
    }
    assert!((40..80).contains(&attempts), "{attempts}");
    app.network.knows(Lookup::Away { why: "no connection".to_owned() });
    assert_eq!(app.received(&[body(order)], MAX_RECEIVES).await, ["message-1"]);
    assert!(app.order(order).await.needs_intervention.is_some(), "a person must look");
    assert_eq!(app.subscription(1).await.unwrap().outstanding_order, Some(order));
}

#[tokio::test]
async fn an_order_that_waited_is_carried_out_once_the_network_is_back() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    app.network.answers(away());
    assert_eq!(app.received(&[body(order)], MAX_RECEIVES).await, [""; 0]);
    app.clock.advance(Duration::minutes(2));
    // The network has never received it.
    app.network.knows(Lookup::Never);
    app.network.answers(NetworkAnswer::Done);
    assert_eq!(app.received(&[body(order)], 1).await, [""; 0]);
    assert_eq!(app.status(order).await, OrderStatus::Completed);
}
