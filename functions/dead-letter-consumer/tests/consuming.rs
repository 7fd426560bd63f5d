//! The function in process, on a real engine, over queues that the test fills.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::{
    sync::{Arc, Mutex},
    time::Duration as StdDuration,
};

use aws::{QueueError, Received};
use dead_letter_consumer::{DeadLetterConsumer, DeadLetterQueue};
use domain::{
    clock::Clock,
    provisioning::{OrderNumber, OrderStatus},
};
use lambda::{
    Deadline,
    message::OrderMessage,
    scheduled::{self, RunFailed},
};
use store::{DynamoWatchdog, OpenOrder};
use testkit::{FixedClock, FixedRandom, TestTable, end_order, place_order};
use time::Duration;

const INVOCATION: StdDuration = StdDuration::from_secs(60);

/// A dead-letter queue whose messages stay hidden once received, for the length of a run.
#[derive(Clone, Default)]
struct DeadLetters {
    letters: Arc<Mutex<Vec<String>>>,
    received: Arc<Mutex<usize>>,
    /// Receives that fail, from the first on.
    failing: usize,
    /// Has ten new letters whenever it is asked.
    endless: bool,
}

impl DeadLetterQueue for DeadLetters {
    async fn receive(&self, _: StdDuration) -> Result<Vec<Received>, QueueError> {
        tokio::time::sleep(StdDuration::from_millis(1)).await;
        let call = {
            let mut received = self.received.lock().unwrap();
            *received += 1;
            *received - 1
        };
        if call < self.failing {
            return Err(QueueError::Throttled);
        }
        let letter = |n: usize, body: &str| Received {
            message_id: format!("letter-{n}"),
            receipt: format!("receipt-{n}"),
            body: body.to_owned(),
            receive_count: 1,
        };
        let first = (call - self.failing) * 10;
        if self.endless {
            return Ok((first..first + 10).map(|n| letter(n, "{}")).collect());
        }
        let letters = self.letters.lock().unwrap();
        let page = letters.iter().enumerate().skip(first).take(10);
        Ok(page.map(|(n, body)| letter(n, body)).collect())
    }
}

impl DeadLetters {
    fn of(bodies: &[String]) -> Self {
        Self { letters: Arc::new(Mutex::new(bodies.to_vec())), ..Self::default() }
    }
}

fn letter(order: impl ToString, revision: u64) -> String {
    let order_id = order.to_string();
    let correlation_id = "c".to_owned();
    let message =
        OrderMessage { order_id, revision, correlation_id, tenant: None, publication: None };
    serde_json::to_string(&message).unwrap()
}

struct Fixture {
    db: TestTable,
    clock: FixedClock,
    random: FixedRandom,
}

impl Fixture {
    async fn new() -> Self {
        let (clock, random) = (FixedClock::default(), FixedRandom::default());
        Self { db: TestTable::create().await, clock, random }
    }

    async fn placed(&self, n: u64) -> OrderNumber {
        place_order(&self.db.table, n, &self.random, self.clock.now()).await
    }

    /// One run of the function over queues, of which each is as at the run's start.
    async fn run(&self, queues: &[DeadLetters], left: StdDuration) -> Result<(), RunFailed> {
        for queue in queues {
            *queue.received.lock().unwrap() = 0;
        }
        let orders = DynamoWatchdog::new(self.db.table.clone());
        let consumer = DeadLetterConsumer::new(orders, queues.to_vec())
            .with_clock(Arc::new(self.clock.clone()));
        scheduled::once(&consumer, Deadline::after(left)).await
    }

    async fn order(&self, id: impl ToString) -> OpenOrder {
        let orders = DynamoWatchdog::new(self.db.table.clone());
        orders.get(&id.to_string()).await.unwrap().unwrap()
    }

    async fn is_marked(&self, id: impl ToString) -> bool {
        self.order(id).await.needs_intervention.is_some()
    }
}

#[tokio::test]
async fn a_letter_marks_its_order_once_however_often_it_is_read() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    let queue = DeadLetters::of(&[letter(order, 1)]);
    assert_eq!(app.run(std::slice::from_ref(&queue), INVOCATION).await, Ok(()));
    let marked = app.order(order).await;
    assert_eq!(marked.needs_intervention.as_ref().unwrap().since, app.clock.now());
    assert_eq!(marked.due(), None, "the sweeper leaves it alone");
    app.clock.advance(Duration::MINUTE);
    assert_eq!(app.run(&[queue], INVOCATION).await, Ok(()));
    assert_eq!(app.order(order).await, marked);
}

#[tokio::test]
async fn letters_that_name_no_order_stop_nothing() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    let mut bodies = vec!["no JSON".to_owned(), "{}".to_owned(), letter(4, 1)];
    bodies.resize(25, "[]".to_owned());
    bodies.push(letter(order, 1));
    assert_eq!(app.run(&[DeadLetters::of(&bodies)], INVOCATION).await, Ok(()));
    assert!(app.is_marked(order).await);
}

#[tokio::test]
async fn an_unreadable_order_stops_no_other_and_fails_the_run() {
    let app = Fixture::new().await;
    let (broken, same, other) = (app.placed(1).await, app.placed(2).await, app.placed(3).await);
    app.db.corrupt(&broken.to_string()).await;
    let queues = [
        DeadLetters::of(&[letter(broken, 1), letter(same, 1)]),
        DeadLetters::of(&[letter(other, 1)]),
    ];
    assert_eq!(app.run(&queues, INVOCATION).await, Err(RunFailed));
    assert!(app.is_marked(same).await, "the next letter of the queue");
    assert!(app.is_marked(other).await, "the next queue");
}

#[tokio::test]
async fn a_throttled_receive_stops_neither_its_queue_nor_another() {
    let app = Fixture::new().await;
    let (first, second) = (app.placed(1).await, app.placed(2).await);
    let throttled = DeadLetters { failing: 1, ..DeadLetters::of(&[letter(first, 1)]) };
    let queues = [throttled, DeadLetters::of(&[letter(second, 1)])];
    assert_eq!(app.run(&queues, INVOCATION).await, Err(RunFailed));
    assert!(app.is_marked(first).await && app.is_marked(second).await);
    let unreachable = DeadLetters { failing: usize::MAX, ..DeadLetters::default() };
    assert_eq!(app.run(&[unreachable], INVOCATION).await, Err(RunFailed), "and it ends");
}

#[tokio::test]
async fn a_queue_without_end_takes_no_time_from_the_others() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    let endless = DeadLetters { endless: true, ..DeadLetters::default() };
    let queues = [endless, DeadLetters::of(&[letter(order, 1)])];
    // The consumer reads until ten seconds before the end of its time.
    let left = StdDuration::from_millis(11_500);
    assert_eq!(app.run(&queues, left).await, Ok(()));
    assert!(app.is_marked(order).await);
}

#[tokio::test]
async fn a_letter_of_earlier_work_does_not_mark_an_order_that_has_moved_on() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    let id = order.to_string();
    app.db.set_number(&id, "workSeq", 5).await;
    assert_eq!(app.run(&[DeadLetters::of(&[letter(order, 4)])], INVOCATION).await, Ok(()));
    assert!(!app.is_marked(order).await, "its worker was called again, later");
    assert_eq!(app.run(&[DeadLetters::of(&[letter(order, 5)])], INVOCATION).await, Ok(()));
    assert!(app.is_marked(order).await);
}

#[tokio::test]
async fn an_order_that_waits_is_not_marked_and_stays_with_the_sweeper() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    let id = order.to_string();
    let until = (app.clock.now() + Duration::days(45)).unix_timestamp() * 1_000;
    for name in ["workAfter", "workBy", "dueAt"] {
        app.db.set_number(&id, name, until).await;
    }
    let queue = DeadLetters::of(&[letter(order, 1)]);
    assert_eq!(app.run(std::slice::from_ref(&queue), INVOCATION).await, Ok(()));
    app.clock.advance(Duration::days(45) + Duration::SECOND);
    assert_eq!(app.run(&[queue], INVOCATION).await, Ok(()));
    let waiting = app.order(order).await;
    assert_eq!(waiting.needs_intervention, None);
    assert!(waiting.works(app.clock.now()) && waiting.due().is_some());
}

#[tokio::test]
async fn an_order_that_has_ended_is_not_marked() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    end_order(&app.db.table, order, OrderStatus::Completed, None, app.clock.now()).await;
    assert_eq!(app.run(&[DeadLetters::of(&[letter(order, 1)])], INVOCATION).await, Ok(()));
    assert!(!app.is_marked(order).await);
}
