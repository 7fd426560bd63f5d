//! An SQS queue: batch sending, and receiving for tools and the dead-letter consumer.

use std::time::Duration;

use aws_sdk_sqs::{
    Client,
    config::Builder,
    error::{ProvideErrorMetadata, SdkError},
    types::{
        Message, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
    },
};
use thiserror::Error;

use crate::{
    quota::QuotaWatch,
    settings::{Service, Settings},
};

/// Maximum number of messages per call (an SQS limit).
const BATCH: usize = 10;
/// Maximum bytes of all bodies per call: well below the 256 KiB that every SQS accepts.
const BATCH_BYTES: usize = 200 * 1024;
/// Maximum delay of a message (an SQS limit).
const LONGEST_DELAY: Duration = Duration::from_secs(900);
/// Maximum visibility time-out (an SQS limit).
const LONGEST_VISIBILITY: Duration = Duration::from_secs(43_200);
/// Time-out of the call that opens the connection during init.
const WARM: Duration = Duration::from_secs(1);

/// Why a call to a queue failed. Holds no text of the response, which may quote a message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueueError {
    /// The service throttled the call.
    #[error("queue throttled")]
    Throttled,
    /// No response in time, or an internal error of the service: the effect is unknown.
    #[error("queue unavailable")]
    Unavailable,
    /// The service refused the call.
    #[error("queue call refused: {code}")]
    Refused {
        /// The service's error code.
        code: String,
    },
}

impl QueueError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Throttled | Self::Unavailable => true,
            Self::Refused { .. } => false,
        }
    }

    fn from_sdk<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Self {
        let SdkError::ServiceError(context) = error else { return Self::Unavailable };
        match context.err().code() {
            Some("ThrottlingException" | "RequestThrottled" | "OverLimit" | "KmsThrottled") => {
                Self::Throttled
            }
            Some("InternalFailure" | "InternalError" | "ServiceUnavailable") | None => {
                Self::Unavailable
            }
            Some(code) => Self::Refused { code: code.to_owned() },
        }
    }
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The body.
    pub body: String,
    /// Delay until the message is visible: whole seconds, capped at 15 minutes.
    pub delay: Duration,
}

impl Outgoing {
    /// A message that is visible at once.
    pub fn now(body: impl Into<String>) -> Self {
        Self { body: body.into(), delay: Duration::ZERO }
    }

    /// A message that becomes visible after `delay`.
    pub fn after(body: impl Into<String>, delay: Duration) -> Self {
        Self { body: body.into(), delay }
    }
}

/// A message received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The queue's id of the message, the same for each receive.
    pub message_id: String,
    /// The handle of this receive, for [`WorkQueue::delete`] and [`WorkQueue::extend_visibility`].
    pub receipt: String,
    /// The body.
    pub body: String,
    /// Number of receives, this one included.
    pub receive_count: u32,
}

/// A queue. Cheap to clone.
#[derive(Debug, Clone)]
pub struct WorkQueue {
    client: Client,
    url: String,
}

impl WorkQueue {
    /// The queue at `url`.
    pub fn new(settings: &Settings, url: impl Into<String>) -> Self {
        let config = Builder::from(&settings.sdk_config(Service::Sqs))
            .retry_partition(settings.retry_partition())
            .interceptor(QuotaWatch)
            .build();
        Self { client: Client::from_conf(config), url: url.into() }
    }

    /// Another queue that uses the same client.
    pub fn sibling(&self, url: impl Into<String>) -> Self {
        Self { client: self.client.clone(), url: url.into() }
    }

    /// The queue's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens the connection while init runs at full CPU (`infra/docs/performance.md`, fact 2). Has
    /// no side effect, ignores errors, and takes at most one second.
    pub async fn warm(&self) {
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let call = call.attribute_names(QueueAttributeName::QueueArn).send();
        let _ = tokio::time::timeout(WARM, call).await;
    }

    /// Sends all messages, ten per call. Returns the indexes of the rejected messages in ascending
    /// order; the others are in the queue.
    ///
    /// # Errors
    /// No call succeeded.
    pub async fn send_batch(&self, messages: &[Outgoing]) -> Result<Vec<usize>, QueueError> {
        let mut failed = Vec::new();
        let mut error = None;
        for range in calls(messages) {
            match self.send_call(messages, range.clone()).await {
                Ok(refused) => failed.extend(refused),
                Err(cause) => {
                    failed.extend(range);
                    error = Some(cause);
                }
            }
        }
        match error {
            Some(cause) if failed.len() == messages.len() => Err(cause),
            _ => Ok(failed),
        }
    }

    /// Sends one call and returns the indexes of the rejected messages.
    async fn send_call(
        &self,
        messages: &[Outgoing],
        range: std::ops::Range<usize>,
    ) -> Result<Vec<usize>, QueueError> {
        let mut call = self.client.send_message_batch().queue_url(&self.url);
        for index in range.clone() {
            let Outgoing { body, delay } = &messages[index];
            let entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(body)
                .delay_seconds(seconds(*delay, LONGEST_DELAY))
                .build()
                .expect("id and body are set above");
            call = call.entries(entry);
        }
        let response = call.send().await.map_err(|error| QueueError::from_sdk(&error))?;
        for entry in response.failed() {
            tracing::warn!(code = entry.code(), "message rejected by the queue");
        }
        // A message that the response does not list as successful counts as failed: a duplicate
        // delivery is harmless, a lost message is not.
        let accepted: Vec<usize> =
            response.successful().iter().filter_map(|entry| entry.id().parse().ok()).collect();
        Ok(range.filter(|index| !accepted.contains(index)).collect())
    }

    /// Makes a received message visible again after `delay` from now (whole seconds).
    ///
    /// # Errors
    /// The call failed; the message becomes visible after its previous time-out.
    pub async fn extend_visibility(
        &self,
        receipt: &str,
        delay: Duration,
    ) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt)
            .visibility_timeout(seconds(delay, LONGEST_VISIBILITY))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| QueueError::from_sdk(&error))
    }

    /// Receives up to `max` (at most 10) messages without waiting and hides them from other
    /// receivers for `visibility`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn receive(
        &self,
        max: u8,
        visibility: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        self.receive_waiting(max, visibility, Duration::ZERO).await
    }

    /// As [`WorkQueue::receive`], waiting up to `wait` (at most 20 s) for the first message. For
    /// tools, whose settings come from [`Settings::for_long_polls`].
    ///
    /// # Errors
    /// The call failed.
    pub async fn receive_waiting(
        &self,
        max: u8,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        let response = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::from(max.clamp(1, 10)))
            .visibility_timeout(seconds(visibility, LONGEST_VISIBILITY))
            .wait_time_seconds(seconds(wait, Duration::from_secs(20)))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(|error| QueueError::from_sdk(&error))?;
        Ok(response.messages.unwrap_or_default().into_iter().filter_map(received).collect())
    }

    /// Removes a received message.
    ///
    /// # Errors
    /// The call failed; the message becomes visible again.
    pub async fn delete(&self, receipt: &str) -> Result<(), QueueError> {
        self.client
            .delete_message()
            .queue_url(&self.url)
            .receipt_handle(receipt)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| QueueError::from_sdk(&error))
    }

    /// Approximate number of messages: visible, in flight and delayed.
    ///
    /// # Errors
    /// The call failed.
    pub async fn approximate_count(&self) -> Result<u64, QueueError> {
        const COUNTS: [QueueAttributeName; 3] = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let call = call.set_attribute_names(Some(COUNTS.to_vec()));
        let response = call.send().await.map_err(|error| QueueError::from_sdk(&error))?;
        let attributes = response.attributes.unwrap_or_default();
        let count = |name| attributes.get(name).and_then(|text| text.parse::<u64>().ok());
        Ok(COUNTS.iter().filter_map(count).sum())
    }
}

/// Splits messages into calls by number and by bytes.
fn calls(messages: &[Outgoing]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (index, message) in messages.iter().enumerate() {
        let full = index - start == BATCH || bytes + message.body.len() > BATCH_BYTES;
        if index > start && full {
            ranges.push(start..index);
            (start, bytes) = (index, 0);
        }
        bytes += message.body.len();
    }
    if start < messages.len() {
        ranges.push(start..messages.len());
    }
    ranges
}

/// Whole seconds, rounded up: a delay is never shorter than requested.
fn seconds(wait: Duration, longest: Duration) -> i32 {
    let wait = wait.min(longest);
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    i32::try_from(whole).expect("the longest wait is 43,200 seconds")
}

fn received(message: Message) -> Option<Received> {
    let count = message.attributes.as_ref().and_then(|attributes| {
        attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount)?.parse().ok()
    });
    Some(Received {
        message_id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle?,
        body: message.body.unwrap_or_default(),
        receive_count: count.unwrap_or(1),
    })
}

#[cfg(test)]
mod tests;
