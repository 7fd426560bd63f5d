//! Queues that keep what is sent to them, and the events that a mapping makes of messages.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lambda::dispatch::Dispatch;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The body.
    pub body: String,
    /// The delay until delivery.
    pub delay: Duration,
}

impl Sent {
    /// The body, parsed.
    ///
    /// # Panics
    /// It is no such message.
    pub fn message<M: DeserializeOwned>(&self) -> M {
        serde_json::from_str(&self.body).expect("the message has the type that the test names")
    }
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<Sent>,
    calls: usize,
    refused: Option<String>,
}

/// A queue in memory. Clones are the same queue.
#[derive(Debug, Clone, Default)]
pub struct CapturedQueue(Arc<Mutex<State>>);

impl CapturedQueue {
    /// Refuses messages whose body contains `text`; all of them, if it is empty.
    pub fn refuse(&self, text: &str) {
        self.state().refused = Some(text.to_owned());
    }

    /// Accepts every message again.
    pub fn accept(&self) {
        self.state().refused = None;
    }

    /// Removes and returns the messages, in the order in which they were sent.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state().sent)
    }

    /// The messages, in the order in which they were sent.
    pub fn peek(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Removes and returns the messages, parsed.
    ///
    /// # Panics
    /// One of them is no such message.
    pub fn messages<M: DeserializeOwned>(&self) -> Vec<M> {
        self.take().iter().map(Sent::message).collect()
    }

    /// Messages in the queue.
    pub fn len(&self) -> usize {
        self.state().sent.len()
    }

    /// Whether the queue has no messages.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls so far, those that were refused included.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dispatch for CapturedQueue {
    async fn send(&self, messages: Vec<(String, Duration)>) -> Vec<usize> {
        let mut state = self.state();
        state.calls += 1;
        let mut refused = Vec::new();
        for (index, (body, delay)) in messages.into_iter().enumerate() {
            if state.refused.as_ref().is_some_and(|text| body.contains(text)) {
                refused.push(index);
            } else {
                state.sent.push(Sent { body, delay });
            }
        }
        refused
    }
}

/// The event of a queue: one record per body, received for the `receives`-th time, with the
/// message ids `message-1`, `message-2`, …
pub fn sqs_event<B: AsRef<str>>(bodies: &[B], receives: u32) -> Value {
    let record = |(index, body): (usize, &B)| {
        json!({
            "messageId": format!("message-{}", index + 1),
            "receiptHandle": format!("receipt-{}", index + 1),
            "body": body.as_ref(),
            "attributes": { "ApproximateReceiveCount": receives.to_string() },
        })
    };
    json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() })
}

/// The identifiers of the records that a response to an event reports as failed.
pub fn failures(response: &Value) -> Vec<&str> {
    let failures = response["batchItemFailures"].as_array();
    failures
        .into_iter()
        .flatten()
        .filter_map(|failure| failure["itemIdentifier"].as_str())
        .collect()
}
