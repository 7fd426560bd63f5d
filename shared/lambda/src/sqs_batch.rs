//! Batches of a queue: each record by itself, whatever happens to its neighbours
//! (`reliability.md`, fact 10).

use std::{borrow::Cow, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use aws::WorkQueue;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::failure::Retryable;
use futures::{FutureExt, future::join_all};
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};
use thiserror::Error;
use tokio::time::{timeout, timeout_at};

use crate::deadline::Deadline;

/// Kept back of an invocation's time, to report what was done and to postpone the rest.
const MARGIN: Duration = Duration::from_millis(1_500);
/// Time given to postponing a message.
const POSTPONE: Duration = Duration::from_secs(1);
/// The wait after the first failed receive; it doubles with each.
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_DELAY: Duration = Duration::from_secs(120);
/// A message that can never be handled goes through its receives quickly.
const POISON_DELAY: Duration = Duration::from_secs(1);

/// Why a message is not done: a lowercase fragment for the log, never personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    text: Cow<'static, str>,
    delay: Option<Duration>,
}

impl Reason {
    /// A reason.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), delay: None }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done, now or before: the message is deleted.
    Done,
    /// Comes again, with growing delay.
    Retry(Reason),
    /// Can never be handled: comes again at once until it lands in the dead-letter queue.
    Poison(Reason),
}

impl Outcome {
    /// Again, after a delay that doubles with each receive (1 s to 2 min).
    pub fn retry(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Retry(Reason::new(text))
    }

    /// Again, after `delay`.
    pub fn retry_after(text: impl Into<Cow<'static, str>>, delay: Duration) -> Self {
        Self::Retry(Reason { delay: Some(delay), ..Reason::new(text) })
    }

    /// Never.
    pub fn poison(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Poison(Reason::new(text))
    }
}

/// A failure is a retry when the same call may succeed later, and poison when it cannot.
impl<E: Retryable> From<E> for Outcome {
    fn from(error: E) -> Self {
        if error.retryable() {
            Self::retry(error.to_string())
        } else {
            Self::poison(error.to_string())
        }
    }
}

/// What is known about a record besides its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordContext {
    /// The queue's id of the message: the same at each receive.
    pub message_id: String,
    /// The handle of this receive.
    pub receipt_handle: String,
    /// How often it was received, this time included.
    pub receive_count: u32,
    /// The time by which the record must be handled.
    pub deadline: Deadline,
}

impl RecordContext {
    /// The time left.
    pub fn remaining(&self) -> Duration {
        self.deadline.remaining()
    }
}

/// Handles one message.
pub trait RecordHandler: Send + Sync + 'static {
    /// The body, as JSON.
    type Message: DeserializeOwned + Send;

    /// Handles a message. The records of a batch are handled concurrently; a panic is a retry of
    /// this record alone, and so is a deadline missed.
    fn handle(
        &self,
        message: Self::Message,
        record: &RecordContext,
    ) -> impl Future<Output = Outcome> + Send;
}

/// Postpones messages that come again: sets their visibility time-out. Any
/// `Fn(String, Duration) -> impl Future<Output = ()>` is one (receipt handle, wait).
pub trait RetryDelays: Send + Sync + 'static {
    /// Lets a message be seen again after `delay`. A failure is nobody's trouble: the message
    /// then comes back after the queue's own time-out.
    fn postpone(&self, receipt_handle: String, delay: Duration) -> impl Future<Output = ()> + Send;
}

impl<F, R> RetryDelays for F
where
    F: Fn(String, Duration) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + Send,
{
    fn postpone(&self, receipt_handle: String, delay: Duration) -> impl Future<Output = ()> + Send {
        self(receipt_handle, delay)
    }
}

impl RetryDelays for WorkQueue {
    async fn postpone(&self, receipt_handle: String, delay: Duration) {
        if let Err(error) = self.extend_visibility(&receipt_handle, delay).await {
            tracing::debug!(%error, "message not postponed");
        }
    }
}

/// Messages come back after the queue's own visibility time-out.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueDefault;

impl RetryDelays for QueueDefault {
    async fn postpone(&self, _: String, _: Duration) {}
}

/// A batch that cannot be reported record by record: all of it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BatchError {
    /// The event is none of a queue.
    #[error("not a queue event")]
    NotAQueueEvent,
    /// A failed record has no message id. An empty id would count as the whole batch anyway.
    #[error("a failed record has no message id")]
    NoMessageId,
}

/// Handles batches until the runtime ends.
///
/// # Errors
/// When the Lambda runtime cannot be reached any more.
pub async fn run<H: RecordHandler, R: RetryDelays>(
    handler: H,
    delays: R,
) -> Result<(), lambda_runtime::Error> {
    let batch = Arc::new(Batch::new(handler, delays));
    let serve = move |event: LambdaEvent<Box<RawValue>>| {
        let batch = Arc::clone(&batch);
        async move {
            let (payload, context) = event.into_parts();
            batch.serve(payload.get(), &context).await.map_err(lambda_runtime::Error::from)
        }
    };
    Runtime::new(service_fn(serve)).run().await
}

/// A handler behind its batches.
#[derive(Debug)]
pub struct Batch<H, R> {
    handler: H,
    delays: R,
}

impl<H: RecordHandler, R: RetryDelays> Batch<H, R> {
    /// The handler, and what postpones the messages it could not do.
    pub fn new(handler: H, delays: R) -> Self {
        Self { handler, delays }
    }

    /// Handles one event in process, as Lambda would: for tests and tools.
    ///
    /// # Errors
    /// As the invocation would fail.
    pub async fn answer(&self, event: &Value) -> Result<Value, BatchError> {
        let answer = self.serve(&event.to_string(), &Context::default()).await?;
        Ok(serde_json::to_value(answer).unwrap_or_default())
    }

    async fn serve(&self, event: &str, context: &Context) -> Result<SqsBatchResponse, BatchError> {
        let event: SqsEvent =
            serde_json::from_str(event).map_err(|_| BatchError::NotAQueueEvent)?;
        let deadline = Deadline::of(context).earlier_by(MARGIN);
        let records = event.records.into_iter().map(|record| self.one(record, deadline));
        let mut answer = SqsBatchResponse::default();
        for (message_id, done) in join_all(records).await {
            if done {
                continue;
            }
            if message_id.is_empty() {
                return Err(BatchError::NoMessageId);
            }
            answer.add_failure(message_id);
        }
        Ok(answer)
    }

    /// Handles a record; its message id, and whether it is done.
    async fn one(&self, record: SqsMessage, deadline: Deadline) -> (String, bool) {
        let receives = record.attributes.get("ApproximateReceiveCount");
        let context = RecordContext {
            message_id: record.message_id.unwrap_or_default(),
            receipt_handle: record.receipt_handle.unwrap_or_default(),
            receive_count: receives.and_then(|count| count.parse().ok()).unwrap_or(1),
            deadline,
        };
        let body = record.body.unwrap_or_default();
        let outcome = match serde_json::from_str::<H::Message>(&body) {
            Err(_) => Outcome::poison("body not readable"),
            Ok(message) => {
                let work = AssertUnwindSafe(self.handler.handle(message, &context)).catch_unwind();
                match timeout_at(deadline.instant(), work).await {
                    Ok(Ok(outcome)) => outcome,
                    Ok(Err(_)) => Outcome::retry("panic"),
                    Err(_) => Outcome::retry("out of time"),
                }
            }
        };
        let done = self.settle(&context, &outcome).await;
        (context.message_id, done)
    }

    /// Logs what is not done and postpones it.
    async fn settle(&self, context: &RecordContext, outcome: &Outcome) -> bool {
        let RecordContext { message_id, receive_count, .. } = context;
        let (kind, reason, delay) = match outcome {
            Outcome::Done => return true,
            Outcome::Retry(reason) => {
                let delay = reason.delay.unwrap_or_else(|| growing_delay(*receive_count));
                ("retry", reason, delay)
            }
            Outcome::Poison(reason) => ("poison", reason, POISON_DELAY),
        };
        let reason = reason.text();
        tracing::warn!(message_id, receive_count, reason, outcome = kind, "message not done");
        if !context.receipt_handle.is_empty() {
            let postponing = self.delays.postpone(context.receipt_handle.clone(), delay);
            // Neither a failure nor a panic here may cost the record its report.
            let _ = timeout(POSTPONE, AssertUnwindSafe(postponing).catch_unwind()).await;
        }
        false
    }
}

/// One second, doubled with each receive up to two minutes, ±20 %.
fn growing_delay(receive_count: u32) -> Duration {
    let doublings = receive_count.saturating_sub(1).min(7);
    let delay = (FIRST_DELAY * 2_u32.pow(doublings)).min(LONGEST_DELAY);
    delay.mul_f64(0.8 + 0.4 * fastrand::f64())
}

#[cfg(test)]
mod tests;
