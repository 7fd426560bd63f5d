//! Queue, sender and sweeper in virtual time: the clock moves on when every handler waits for a
//! receiver or has ended.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration as StdDuration,
};

use domain::{
    carrier::{
        FulfilmentPolicy, Hosting, OrderStatus, PartyCredentials, Push, notification_message,
    },
    clock::Clock,
    order::OrderKind,
    webhook::{
        AttemptResult, Endpoint, EndpointId, Failure, Health, MessageId, OrderingKey, Outcome,
        Patterns, Payload, Secret, Secrets,
    },
};
use futures::future::join_all;
use lambda::{
    Deadline,
    dispatch::Dispatch,
    message::{DeliveryMessage, FirstDelivery, StatusMessage},
    sqs_batch::{self, RecordContext, RecordHandler},
};
use store::{DynamoDeliveries, DynamoEndpoints, DynamoParties, StoredDelivery, Table};
use sweeper::DeliverySweeper;
use testkit::{FixedClock, FixedRandom, TestTable};
use time::{Duration, OffsetDateTime};
use tokio::sync::{Notify, oneshot};
use webhook_sender::{Attempted, Config, DeliveryTransport, Destination, LASTING, WebhookSender};

use crate::fixture::party;

pub(crate) const WATCH: Duration = Duration::minutes(5);
/// Of the queue mapping: concurrent invocations, and records of one.
const INVOCATIONS: usize = 100;
const RECORDS: usize = 5;

/// How a receiver responds, by its host and the time since the start; 0: not at all.
pub(crate) type Behaviour = fn(&str, Duration) -> (u16, Duration);

/// A message that can be received from this time on; the number keeps the order of sending.
type Message = Reverse<(OffsetDateTime, u64, String, u32)>;

#[derive(Default)]
struct State {
    queue: BinaryHeap<Message>,
    timers: BinaryHeap<Reverse<(OffsetDateTime, u64)>>,
    wake: BTreeMap<u64, oneshot::Sender<()>>,
    numbers: u64,
    /// Records in the hands of a handler, and those of them that do not wait for a receiver.
    in_flight: usize,
    running: usize,
    invocations: usize,
    /// Attempts in flight for each host, and the most at once.
    at_once: BTreeMap<String, (usize, usize)>,
    seen: Vec<Seen>,
}

/// An attempt, as its receiver sees it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) host: String,
    pub(crate) message: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) until: OffsetDateTime,
    pub(crate) status: u16,
}

/// The simulated cloud.
#[derive(Clone)]
pub(crate) struct Simulation {
    pub(crate) table: Table,
    _db: Arc<TestTable>,
    pub(crate) clock: FixedClock,
    pub(crate) start: OffsetDateTime,
    random: FixedRandom,
    behaviour: Behaviour,
    state: Arc<Mutex<State>>,
    quiet: Arc<Notify>,
    sweep_at: Arc<Mutex<OffsetDateTime>>,
}

impl DeliveryTransport for Simulation {
    async fn deliver(
        &self,
        to: &Destination,
        message: &MessageId,
        _: String,
        now: OffsetDateTime,
        lasting: impl Future<Output = bool> + Send,
    ) -> Attempted {
        let url = to.url.as_str().trim_start_matches("https://");
        let host = url.split('.').next().unwrap().to_owned();
        let (status, took) = (self.behaviour)(&host, now - self.start);
        {
            let mut state = self.state();
            let (current, most) = state.at_once.entry(host.clone()).or_default();
            *current += 1;
            *most = (*most).max(*current);
            let message = message.to_string();
            let (host, until) = (host.clone(), now + took);
            state.seen.push(Seen { host, message, at: now, until, status });
        }
        let prompt = Duration::try_from(LASTING).unwrap();
        self.wait(took.min(prompt)).await;
        let goes_on = took <= prompt || lasting.await;
        if goes_on && took > prompt {
            self.wait(took - prompt).await;
        }
        self.state().at_once.get_mut(&host).unwrap().0 -= 1;
        if !goes_on {
            return Attempted::given_up();
        }
        let (outcome, result) = match status {
            0 => {
                let why = Failure::TimedOut;
                (Outcome::of_failure(why), AttemptResult::Failed(why.as_str()))
            }
            status => (Outcome::of_status(status, None), AttemptResult::Answered(status)),
        };
        Attempted { outcome, result, took }
    }
}

impl Simulation {
    pub(crate) async fn new(behaviour: Behaviour) -> Self {
        let clock = FixedClock::default();
        let (start, db) = (clock.now(), TestTable::create().await);
        Self {
            // Around the proxy: nothing is to go wrong with the table here.
            table: Table::with_client(db.direct.clone(), &db.name),
            _db: Arc::new(db),
            clock,
            start,
            random: FixedRandom::default(),
            behaviour,
            state: Arc::default(),
            quiet: Arc::default(),
            sweep_at: Arc::new(Mutex::new(start + Duration::MINUTE)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn put(&self, body: String, delay: StdDuration, receives: u32) {
        let at = self.clock.now() + delay;
        let mut state = self.state();
        state.numbers += 1;
        let number = state.numbers;
        state.queue.push(Reverse((at, number, body, receives)));
    }

    /// The queue, as functions send to it.
    fn queue(&self) -> impl Dispatch + use<> {
        let to = self.clone();
        move |messages: Vec<(String, StdDuration)>| {
            assert!(messages.len() <= 10, "one call of the queue");
            for (body, delay) in messages {
                to.put(body, delay, 1);
            }
            async { true }
        }
    }

    /// Lets virtual time pass for one handler.
    async fn wait(&self, length: Duration) {
        let (wake, woken) = oneshot::channel();
        {
            let mut state = self.state();
            state.numbers += 1;
            let number = state.numbers;
            state.timers.push(Reverse((self.clock.now() + length, number)));
            state.wake.insert(number, wake);
            state.running -= 1;
        }
        self.quiet.notify_one();
        woken.await.unwrap();
    }

    /// A client's endpoint.
    pub(crate) async fn endpoint(&self, tenant: &str, host: &str) -> Endpoint {
        let now = self.clock.now();
        let endpoint = Endpoint {
            id: EndpointId::new(now, &self.random),
            tenant: tenant.parse().unwrap(),
            url: format!("https://{host}.example.com/hook").parse().unwrap(),
            events: Patterns::parse("/events", ["*"]).unwrap(),
            secrets: Secrets::new(Secret::new(&self.random)),
            health: Health::default(),
            created_at: now,
            revision: 1,
        };
        let added = DynamoEndpoints::new(self.table.clone()).add(&endpoint).await;
        added.unwrap();
        endpoint
    }

    /// A party whose API is at this host.
    pub(crate) async fn party(&self, host: &str) {
        let mut remote = party("Verizon", FulfilmentPolicy::Manual);
        remote.hosting = Hosting::Remote;
        remote.callback_base = Some(format!("https://{host}.example.com/orderwire"));
        let shown = PartyCredentials {
            client_id: "us".to_owned(),
            client_secret: "secret".to_owned(),
            signing: Secret::from_bytes(vec![7; 32]).unwrap(),
        };
        let parties = DynamoParties::new(self.table.clone());
        assert!(parties.put_with(&remote, Some(&shown)).await.unwrap());
    }

    /// Sends a message about an order, as the fan-out does.
    pub(crate) async fn publish(&self, to: &Endpoint, order: usize, sequence: u64) {
        let now = self.clock.now();
        let status = if sequence == 1 { "PROVISIONING" } else { "COMPLETED" };
        let order = order.to_string();
        let payload = Payload::order(OrderKind::Ecc, &order, status, sequence, now).unwrap();
        let key = OrderingKey { order: format!("ecc-{order}"), sequence };
        let planned = StoredDelivery::planned(to, &payload, Some(key), "c-1", now);
        let status = status.to_owned();
        let change = StatusMessage { kind: OrderKind::Ecc, status, sequence, at: now };
        let message = DeliveryMessage {
            after: sequence.checked_sub(1).filter(|before| *before > 0),
            first: Some(FirstDelivery { change, index: 0, created_at: now }),
            ..DeliveryMessage::of(&planned.delivery, &to.tenant, "c-1")
        };
        self.put(message.to_body(), StdDuration::ZERO, 1);
    }

    /// The same for a notification to the party.
    pub(crate) async fn push(&self, order: usize) {
        let order = order.to_string().parse().unwrap();
        let push = Push {
            party: "Verizon".parse().unwrap(),
            path: format!("/orders/{order}/notifications"),
        };
        let message = (notification_message(&order, 1), "{}".to_owned());
        let key = Some(OrderingKey { order: format!("note-{order}"), sequence: 1 });
        let (now, status) = (self.clock.now(), OrderStatus::Acknowledged);
        let pushed = StoredDelivery::pushed(push, message, status, key, "c-1", now).unwrap();
        self.send_planned(pushed).await;
    }

    async fn send_planned(&self, planned: StoredDelivery) {
        let deliveries = DynamoDeliveries::new(self.table.clone());
        let due = self.clock.now() + WATCH;
        assert!(deliveries.plan(&planned, due).await.unwrap());
        let StoredDelivery { delivery, tenant, .. } = &planned;
        let message = DeliveryMessage::of(delivery, tenant, "c-1");
        self.put(message.to_body(), StdDuration::ZERO, 1);
    }

    /// Messages in the queue, hidden and delayed ones included, and in the hands of handlers.
    pub(crate) fn circulating(&self) -> usize {
        let state = self.state();
        state.queue.len() + state.in_flight
    }

    /// The most attempts that were in flight at once for a host since this was last asked.
    pub(crate) fn take_most_at_once(&self, host: &str) -> usize {
        let mut state = self.state();
        let (current, most) = state.at_once.entry(host.to_owned()).or_default();
        std::mem::replace(most, *current)
    }

    /// The attempts at a host.
    pub(crate) fn seen(&self, host: &str) -> Vec<Seen> {
        let state = self.state();
        state.seen.iter().filter(|seen| seen.host == host).cloned().collect()
    }

    /// Lets virtual time pass until `end`.
    pub(crate) async fn run_until(&self, end: OffsetDateTime) {
        loop {
            while self.state().running > 0 {
                self.quiet.notified().await;
            }
            if self.invoke() {
                continue;
            }
            let next = self.next_event().min(end);
            self.clock.advance((next - self.clock.now()).max(Duration::ZERO));
            let now = self.clock.now();
            if now >= *self.sweep_at.lock().unwrap() {
                *self.sweep_at.lock().unwrap() += Duration::MINUTE;
                let sweeper = DeliverySweeper::new(&self.table, WATCH);
                let deadline = Deadline::after(StdDuration::from_secs(600));
                let queue = self.queue();
                sweeper.sweep(&queue, now, deadline).await.unwrap();
            } else if !self.wake_due(now) && now >= end {
                return;
            }
        }
    }

    fn next_event(&self) -> OffsetDateTime {
        let state = self.state();
        let timer = state.timers.peek().map(|Reverse((at, _))| *at);
        let message = state.queue.peek().map(|Reverse((at, ..))| *at);
        let message = message.filter(|_| state.invocations < INVOCATIONS);
        let sweep = *self.sweep_at.lock().unwrap();
        timer.into_iter().chain(message).fold(sweep, OffsetDateTime::min)
    }

    fn wake_due(&self, now: OffsetDateTime) -> bool {
        let mut state = self.state();
        let mut woken = false;
        while state.timers.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Reverse((_, number)) = state.timers.pop().unwrap();
            state.running += 1;
            state.wake.remove(&number).unwrap().send(()).unwrap();
            woken = true;
        }
        woken
    }

    /// Starts an invocation, if one is free and a message is there.
    fn invoke(&self) -> bool {
        let now = self.clock.now();
        let mut state = self.state();
        let mut records = Vec::new();
        while state.invocations < INVOCATIONS && records.len() < RECORDS {
            if state.queue.peek().is_none_or(|Reverse((at, ..))| *at > now) {
                break;
            }
            let Reverse((_, _, body, receives)) = state.queue.pop().unwrap();
            records.push((body, receives));
        }
        if records.is_empty() {
            return false;
        }
        state.invocations += 1;
        state.in_flight += records.len();
        state.running += records.len();
        drop(state);
        let cloud = self.clone();
        tokio::spawn(async move {
            let handled = records.iter().map(|(body, receives)| cloud.handle(body, *receives));
            let outcomes = join_all(handled).await;
            for ((body, receives), outcome) in records.into_iter().zip(outcomes) {
                match outcome {
                    sqs_batch::Outcome::Done => {}
                    sqs_batch::Outcome::Retry(_) => {
                        assert!(receives < 10, "to the dead-letter queue: {body}");
                        cloud.put(body, StdDuration::from_secs(1), receives + 1);
                    }
                    sqs_batch::Outcome::Poison(reason) => panic!("{reason:?}"),
                }
                cloud.state().in_flight -= 1;
            }
            cloud.state().invocations -= 1;
            cloud.quiet.notify_one();
        });
        true
    }

    async fn handle(&self, body: &str, receive_count: u32) -> sqs_batch::Outcome {
        let queue = self.queue();
        let config = Config { table: String::new(), deliveries: String::new(), watchdog: WATCH };
        let sender = WebhookSender::new(self.table.clone(), self.clone(), queue, &config)
            .with(Arc::new(self.clock.clone()), Arc::new(self.random.clone()));
        let record = RecordContext {
            message_id: "m".to_owned(),
            receipt_handle: String::new(),
            receive_count,
            deadline: Deadline::after(StdDuration::from_secs(600)),
        };
        let outcome = sender.handle(serde_json::from_str(body).unwrap(), &record).await;
        self.state().running -= 1;
        self.quiet.notify_one();
        outcome
    }
}
