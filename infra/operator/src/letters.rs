//! Dead-letter queues, read through without losing anything.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use aws::{QueueError, Service, Settings, WorkQueue};
use aws_sdk_sqs::{
    Client,
    config::Builder,
    error::{ProvideErrorMetadata, SdkError},
    types::{Message, MessageSystemAttributeName},
};
use lambda::message::OrderMessage;
use time::OffsetDateTime;

/// Messages in one call (an SQS limit).
const BATCH: i32 = 10;
/// How long a letter stays hidden when this process dies before it lets go of it.
const HIDDEN: Duration = Duration::from_secs(45);
/// A receive waits this long for a letter: only a receive that waits asks every server of SQS.
const WAIT_SECONDS: i32 = 1;
/// The dead-letter consumer hides letters for ten seconds when it looks at them.
const PATIENCE: Duration = Duration::from_secs(12);

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The queue's id of it.
    pub message_id: String,
    /// The body.
    pub body: String,
    /// How often it was received in this queue, this time included.
    pub receive_count: u32,
    /// When it was sent to its first queue.
    pub sent_at: Option<OffsetDateTime>,
    receipt: String,
}

impl Letter {
    /// The order it names, if it names one.
    pub fn order_id(&self) -> Option<String> {
        serde_json::from_str(&self.body).ok().map(|message: OrderMessage| message.order_id)
    }

    fn of(message: Message) -> Option<Self> {
        let attribute = |name| {
            let text = message.attributes.as_ref()?.get(&name)?;
            text.parse::<i64>().ok()
        };
        let count = attribute(MessageSystemAttributeName::ApproximateReceiveCount);
        let sent = attribute(MessageSystemAttributeName::SentTimestamp);
        let sent_at = sent.and_then(|millis| {
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
        });
        Some(Self {
            receive_count: count.and_then(|count| count.try_into().ok()).unwrap_or(1),
            sent_at,
            message_id: message.message_id.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            receipt: message.receipt_handle?,
        })
    }
}

/// A queue of dead letters.
#[derive(Debug, Clone)]
pub struct DeadLetterQueue {
    client: Client,
    queue: WorkQueue,
}

impl DeadLetterQueue {
    /// The queue at `url`; the settings are those for long polls.
    pub fn new(settings: &Settings, url: String) -> Self {
        let config = Builder::from(&settings.sdk_config(Service::Sqs))
            .retry_partition(settings.retry_partition())
            .build();
        Self { client: Client::from_conf(config), queue: WorkQueue::new(settings, url) }
    }

    /// Removes a letter.
    ///
    /// # Errors
    /// The call failed: the letter comes back.
    pub async fn delete(&self, letter: &Letter) -> Result<(), QueueError> {
        self.queue.delete(&letter.receipt).await
    }

    async fn receive(&self) -> Result<Vec<Letter>, QueueError> {
        let hidden = i32::try_from(HIDDEN.as_secs()).expect("45 is an i32");
        let answer = self
            .client
            .receive_message()
            .queue_url(self.queue.url())
            .max_number_of_messages(BATCH)
            .visibility_timeout(hidden)
            .wait_time_seconds(WAIT_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .map_err(|error| failure(&error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(Letter::of).collect())
    }
}

fn failure<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> QueueError {
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(code) => QueueError::Refused { code: code.to_owned() },
        None => QueueError::Unavailable,
    }
}

/// One reading of a queue: each letter comes once, hidden from others until [`Reading::end`].
#[derive(Debug)]
pub struct Reading<'a> {
    from: &'a DeadLetterQueue,
    /// Receipts of the letters that came, by message id; none once deleted.
    seen: HashMap<String, Option<String>>,
    until: Instant,
}

impl<'a> Reading<'a> {
    /// From the start.
    pub fn of(from: &'a DeadLetterQueue) -> Self {
        Self { from, seen: HashMap::new(), until: Instant::now() + PATIENCE }
    }

    /// The next letters; none once all have come, or the rest stays hidden by somebody else.
    ///
    /// # Errors
    /// The call failed.
    pub async fn next(&mut self) -> Result<Vec<Letter>, QueueError> {
        loop {
            let mut fresh = Vec::new();
            for letter in self.from.receive().await? {
                let receipt = Some(letter.receipt.clone());
                if self.seen.insert(letter.message_id.clone(), receipt).is_none() {
                    fresh.push(letter);
                }
            }
            if !fresh.is_empty() {
                self.until = Instant::now() + PATIENCE;
                return Ok(fresh);
            }
            if Instant::now() >= self.until || self.hidden_by_others().await? == 0 {
                return Ok(fresh);
            }
        }
    }

    /// About how many letters have not come because somebody else is looking at them.
    ///
    /// # Errors
    /// The call failed.
    pub async fn hidden_by_others(&self) -> Result<u64, QueueError> {
        let held = self.seen.values().flatten().count();
        let there = self.from.queue.approximate_count().await?;
        Ok(there.saturating_sub(held.try_into().unwrap_or(u64::MAX)))
    }

    /// Removes a letter of this reading.
    ///
    /// # Errors
    /// The call failed: the letter comes back.
    pub async fn delete(&mut self, letter: &Letter) -> Result<(), QueueError> {
        self.from.delete(letter).await?;
        self.seen.insert(letter.message_id.clone(), None);
        Ok(())
    }

    /// Lets others see the letters at once that are still there. Where that fails, they see them
    /// within the minute.
    pub async fn end(self) {
        for receipt in self.seen.into_values().flatten() {
            if self.from.queue.extend_visibility(&receipt, Duration::ZERO).await.is_err() {
                return;
            }
        }
    }
}
