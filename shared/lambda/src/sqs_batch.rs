//! SQS batches with partial failures: each record succeeds or fails independently of the others
//! (`infra/docs/reliability.md`, fact 10).

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
use tracing::Instrument as _;

use crate::{deadline::Deadline, telemetry::About};

/// Time reserved at the end of an invocation to report results and postpone failed messages.
const MARGIN: Duration = Duration::from_millis(1_500);
/// Time-out for postponing a message.
const POSTPONE: Duration = Duration::from_secs(1);
/// Delay after the first failed receive; doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// Maximum delay.
const LONGEST_DELAY: Duration = Duration::from_secs(120);
/// Delay of a message that can never be handled: short, to reach the dead-letter queue soon.
const POISON_DELAY: Duration = Duration::from_secs(1);

/// Why a message was not handled: a lowercase fragment for the log, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    text: Cow<'static, str>,
    delay: Option<Duration>,
}

impl Reason {
    /// A reason with the default delay.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), delay: None }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The outcome of handling a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Handled, now or before: the message is deleted.
    Done,
    /// The message is received again, with a growing delay.
    Retry(Reason),
    /// The message can never be handled: it moves to the dead-letter queue after quick receives.
    Poison(Reason),
}

impl Outcome {
    /// A retry after a delay that doubles with each receive (1 s to 2 min).
    pub fn retry(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Retry(Reason::new(text))
    }

    /// A retry after `delay`.
    pub fn retry_after(text: impl Into<Cow<'static, str>>, delay: Duration) -> Self {
        Self::Retry(Reason { delay: Some(delay), ..Reason::new(text) })
    }

    /// A message that can never be handled.
    pub fn poison(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Poison(Reason::new(text))
    }
}

/// A failure becomes a retry when the same call may succeed later, else poison.
impl<E: Retryable> From<E> for Outcome {
    fn from(error: E) -> Self {
        if error.retryable() {
            Self::retry(error.to_string())
        } else {
            Self::poison(error.to_string())
        }
    }
}

/// The metadata of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordContext {
    /// The queue's id of the message, the same for each receive.
    pub message_id: String,
    /// The handle of this receive.
    pub receipt_handle: String,
    /// Number of receives, this one included.
    pub receive_count: u32,
    /// The deadline for handling the record.
    pub deadline: Deadline,
}

impl RecordContext {
    /// The remaining time.
    pub fn remaining(&self) -> Duration {
        self.deadline.remaining()
    }

    /// The delay before the next receive of a message that is retried.
    pub fn next_delay(&self) -> Duration {
        growing_delay(self.receive_count)
    }
}

/// A handler of messages.
pub trait RecordHandler: Send + Sync + 'static {
    /// The type of the JSON body.
    type Message: DeserializeOwned + Send;

    /// Handles a message. The records of a batch are handled concurrently; a panic or a missed
    /// deadline is a retry of this record only.
    fn handle(
        &self,
        message: Self::Message,
        record: &RecordContext,
    ) -> impl Future<Output = Outcome> + Send;
}

/// Sets the visibility time-out of messages that are retried. Any
/// `Fn(String, Duration) -> impl Future<Output = ()>` is one (receipt handle, delay).
pub trait RetryDelays: Send + Sync + 'static {
    /// Makes a message visible again after `delay`. Failures are ignored: the message then becomes
    /// visible after the queue's own time-out.
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

/// Retries after the queue's own visibility time-out.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueDefault;

impl RetryDelays for QueueDefault {
    async fn postpone(&self, _: String, _: Duration) {}
}

/// Partial failures cannot be reported: SQS redelivers the whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BatchError {
    /// The event is not an SQS event.
    #[error("not a queue event")]
    NotAQueueEvent,
    /// A failed record has no message id. SQS treats an empty id as a failure of the whole batch.
    #[error("a failed record has no message id")]
    NoMessageId,
}

/// Handles events until the runtime ends.
///
/// # Errors
/// The Lambda runtime is unreachable.
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

/// Applies a handler to the records of SQS events.
#[derive(Debug)]
pub struct Batch<H, R> {
    handler: H,
    delays: R,
}

impl<H: RecordHandler, R: RetryDelays> Batch<H, R> {
    /// With a handler, and the retry delays of the messages that it does not complete.
    pub fn new(handler: H, delays: R) -> Self {
        Self { handler, delays }
    }

    /// Handles one event in process, as Lambda would: for tests and tools.
    ///
    /// # Errors
    /// The errors that would fail the invocation.
    pub async fn handle(&self, event: &Value) -> Result<Value, BatchError> {
        let response = self.serve(&event.to_string(), &Context::default()).await?;
        Ok(serde_json::to_value(response).unwrap_or_default())
    }

    async fn serve(&self, event: &str, context: &Context) -> Result<SqsBatchResponse, BatchError> {
        let event: SqsEvent =
            serde_json::from_str(event).map_err(|_| BatchError::NotAQueueEvent)?;
        let deadline = Deadline::of(context).earlier_by(MARGIN);
        let records = event.records.into_iter().map(|record| {
            let about = About::of_message(record.body.as_deref().unwrap_or_default());
            self.handle_record(record, deadline).instrument(about.span())
        });
        let mut response = SqsBatchResponse::default();
        for (message_id, done) in join_all(records).await {
            if done {
                continue;
            }
            if message_id.is_empty() {
                return Err(BatchError::NoMessageId);
            }
            response.add_failure(message_id);
        }
        Ok(response)
    }

    /// Handles a record, within the span of what it is about. Returns its message id and whether
    /// it is done.
    async fn handle_record(&self, record: SqsMessage, deadline: Deadline) -> (String, bool) {
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

    /// Logs and postpones a message that is not done. Returns whether it is done.
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
            // A failure or a panic here must not suppress the report of the record.
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
