use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws::{QueueError, Received};
use dead_letter_consumer::DeadLetterQueue;
use domain::order::OrderKind;
use orderwire_local::mapping::matches_any;
use serde_json::{Value, json};
use testkit::CapturedQueue;
use time::OffsetDateTime;

/// The queues of an app, and what is in them.
#[derive(Debug, Clone)]
pub struct Queues {
    /// Work of orders, by their kind.
    pub work: BTreeMap<OrderKind, CapturedQueue>,
    /// Orders that have something to publish.
    pub events: CapturedQueue,
    /// Attempts at deliveries.
    pub deliveries: CapturedQueue,
    /// Work on batches.
    pub batches: CapturedQueue,
    held: Arc<Mutex<Held>>,
}

/// A message that waits for its delay or its next receive.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) function: &'static str,
    pub(super) body: String,
    pub(super) receives: u32,
    due: OffsetDateTime,
}

/// In which order messages that are due are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turns {
    /// All of them, in the order of the queues.
    Any,
    /// Those for workers on orders only when no other is due.
    WorkersLast,
}

impl Pending {
    fn is_work(&self) -> bool {
        OrderKind::ALL.into_iter().any(|kind| worker(kind) == self.function)
    }
}

#[derive(Debug, Default)]
struct Held {
    changes: Vec<Value>,
    pending: Vec<Pending>,
    dead_letters: Vec<(&'static str, String)>,
}

impl Default for Queues {
    fn default() -> Self {
        Self {
            work: OrderKind::ALL.map(|kind| (kind, CapturedQueue::default())).into(),
            events: CapturedQueue::default(),
            deliveries: CapturedQueue::default(),
            batches: CapturedQueue::default(),
            held: Arc::default(),
        }
    }
}

/// The function that works on orders of a kind.
const fn worker(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Ecc => "subscription-worker",
        OrderKind::Carrier => "carrier-order-worker",
        OrderKind::Esim => "esim-worker",
        OrderKind::Service => "service-order-worker",
    }
}

impl Queues {
    /// The messages that no function has handled, with the function that they are for: in a
    /// queue, waiting for their time, and dead letters.
    pub fn leftovers(&self) -> Vec<(&'static str, String)> {
        let mut all = self.dead_letters();
        all.extend(self.held().pending.iter().map(|held| (held.function, held.body.clone())));
        for (function, queue) in self.consumed() {
            all.extend(queue.peek().into_iter().map(|sent| (function, sent.body)));
        }
        all
    }

    /// The dead letters, with the function that could not handle them.
    pub fn dead_letters(&self) -> Vec<(&'static str, String)> {
        self.held().dead_letters.clone()
    }

    fn consumed(&self) -> impl Iterator<Item = (&'static str, &CapturedQueue)> {
        let work = self.work.iter().map(|(kind, queue)| (worker(*kind), queue));
        work.chain([
            ("notification-fanout", &self.events),
            ("webhook-sender", &self.deliveries),
            ("batch-worker", &self.batches),
        ])
    }

    /// Adds the records of the stream that the mapping's filter lets pass.
    pub(super) fn append_changes(&self, records: Vec<Value>) {
        let filter = json!({
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": {
                "Keys": { "sk": { "S": ["ORDER"] } },
                "NewImage": { "leaseOwner": { "S": [{ "exists": false }] } },
            },
        });
        let passing =
            records.into_iter().filter(|it| matches_any(std::slice::from_ref(&filter), it));
        self.held().changes.extend(passing);
    }

    /// The records that were not relayed yet.
    pub(super) fn changes(&self) -> Vec<Value> {
        self.held().changes.clone()
    }

    /// Removes the records before the first that failed; all of them, if none has.
    pub(super) fn relayed(&self, first_failed: Option<&str>) -> usize {
        let mut held = self.held();
        let count = held
            .changes
            .iter()
            .position(|record| record["dynamodb"]["SequenceNumber"].as_str() == first_failed);
        let count = count.unwrap_or(held.changes.len());
        held.changes.drain(..count).count()
    }

    /// Removes and returns the messages that are due.
    pub(super) fn take_due(&self, now: OffsetDateTime, turns: Turns) -> Vec<Pending> {
        for (function, queue) in self.consumed() {
            for sent in queue.take() {
                self.put(function, sent.body, 0, now + sent.delay);
            }
        }
        let mut held = self.held();
        let is_due = |pending: &Pending| pending.due <= now;
        let of_others = |pending: &Pending| is_due(pending) && !pending.is_work();
        if turns == Turns::WorkersLast && held.pending.iter().any(of_others) {
            return held.pending.extract_if(.., |pending| of_others(pending)).collect();
        }
        held.pending.extract_if(.., |pending| is_due(pending)).collect()
    }

    pub(super) fn put_back(
        &self,
        function: &'static str,
        body: String,
        receives: u32,
        now: OffsetDateTime,
    ) {
        self.put(function, body, receives, now);
    }

    fn put(&self, function: &'static str, body: String, receives: u32, due: OffsetDateTime) {
        self.held().pending.push(Pending { function, body, receives, due });
    }

    pub(super) fn add_dead_letter(&self, function: &'static str, body: String) {
        self.held().dead_letters.push((function, body));
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeadLetterQueue for Queues {
    async fn receive(&self, _: Duration) -> Result<Vec<Received>, QueueError> {
        let letters = self.dead_letters().into_iter().enumerate().map(|(n, (_, body))| Received {
            message_id: format!("letter-{n}"),
            receipt: format!("receipt-{n}"),
            body,
            receive_count: MAX_LETTER_RECEIVES,
        });
        Ok(letters.collect())
    }
}

/// Receives of a letter so far: any number.
const MAX_LETTER_RECEIVES: u32 = 1;
