//! A queue feeds a function.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
};
use base64::Engine as _;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{Failures, matches_any, read_failures};
use crate::{
    runtime::{InvokeError, Invoker},
    template::{Queue, QueueMapping},
};

/// Pause after the queue service failed.
const PAUSE: Duration = Duration::from_millis(500);

/// A message as it was received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// Message id, the item identifier in partial answers.
    pub id: String,
    /// Receipt handle of this receive.
    pub receipt: String,
    /// Body.
    pub body: String,
    /// MD5 of the body, hexadecimal.
    pub md5_of_body: String,
    /// System attributes, `ApproximateReceiveCount` and others.
    pub attributes: BTreeMap<String, String>,
    /// Message attributes in the event's shape.
    pub message_attributes: Value,
}

/// One mapping at work.
#[derive(Clone)]
pub struct QueueLoop {
    /// The mapping.
    pub mapping: QueueMapping,
    /// Its queue.
    pub queue: Queue,
    /// Region in the records.
    pub region: String,
    /// The queue service.
    pub sqs: aws_sdk_sqs::Client,
    /// Runs the function.
    pub invoker: Arc<dyn Invoker>,
}

impl QueueLoop {
    /// Receives and invokes for ever.
    pub async fn run(self) {
        // No more in flight than can run: what waits for an instance would use
        // up its visibility time-out, which AWS's pollers avoid in the same way.
        let runnable = self.invoker.concurrency(&self.mapping.function);
        let most = self.mapping.maximum_concurrency.unwrap_or(runnable).min(runnable).max(1);
        let permits = Arc::new(Semaphore::new(most));
        while let Ok(permit) = permits.clone().acquire_owned().await {
            match self.gather().await {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => {
                    tokio::spawn(self.clone().process_and_release(messages, permit));
                }
                Err(error) => {
                    eprintln!("receiving from {}: {error}", self.queue.name);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn process_and_release(
        self,
        messages: Vec<ReceivedMessage>,
        _permit: OwnedSemaphorePermit,
    ) {
        let done = self.process(&messages).await;
        self.delete(&done).await;
    }

    async fn gather(&self) -> Result<Vec<ReceivedMessage>, Box<aws_sdk_sqs::Error>> {
        let mut gathered = self.receive(self.mapping.batch_size, 20).await?;
        if gathered.is_empty() || self.mapping.window.is_zero() {
            return Ok(gathered);
        }
        let until = Instant::now() + self.mapping.window;
        while gathered.len() < self.mapping.batch_size && Instant::now() < until {
            let left = until - Instant::now();
            let seconds = i32::try_from(left.as_secs().max(1)).unwrap_or(20).min(20);
            gathered.extend(self.receive(self.mapping.batch_size - gathered.len(), seconds).await?);
        }
        Ok(gathered)
    }

    async fn receive(
        &self,
        most: usize,
        wait_seconds: i32,
    ) -> Result<Vec<ReceivedMessage>, Box<aws_sdk_sqs::Error>> {
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.queue.url)
            .max_number_of_messages(i32::try_from(most).unwrap_or(10).min(10))
            .wait_time_seconds(wait_seconds)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .map_err(|error| Box::new(error.into()))?;
        Ok(received.messages.unwrap_or_default().into_iter().map(received_message).collect())
    }

    /// Invokes the function with one batch; the messages that are done.
    /// Filtered ones are done, failed ones are left to their visibility time-out.
    pub async fn process<'m>(&self, messages: &'m [ReceivedMessage]) -> Vec<&'m ReceivedMessage> {
        let (wanted, mut done): (Vec<_>, Vec<_>) = messages.iter().partition(|message| {
            self.mapping.filters.is_empty()
                || matches_any(&self.mapping.filters, &filter_view(self.record(message)))
        });
        if wanted.is_empty() {
            return done;
        }
        let records: Vec<Value> = wanted.iter().map(|message| self.record(message)).collect();
        let event = Bytes::from(json!({ "Records": records }).to_string());
        match self.invoker.invoke(&self.mapping.function, event).await {
            Ok(answer) => done.extend(self.succeeded(&answer, wanted)),
            Err(error) => self.say_failed(&error, wanted.len()),
        }
        done
    }

    fn say_failed(&self, error: &InvokeError, count: usize) {
        eprintln!("{}: {error}; {count} messages stay", self.mapping.function);
    }

    fn succeeded<'m>(
        &self,
        answer: &[u8],
        wanted: Vec<&'m ReceivedMessage>,
    ) -> Vec<&'m ReceivedMessage> {
        if !self.mapping.reports_failures {
            return wanted;
        }
        match read_failures(answer, wanted.iter().map(|message| message.id.as_str())) {
            Failures::None => wanted,
            Failures::All => Vec::new(),
            Failures::Some(failed) => {
                wanted.into_iter().filter(|message| !failed.contains(&message.id)).collect()
            }
        }
    }

    async fn delete(&self, done: &[&ReceivedMessage]) {
        for chunk in done.chunks(10) {
            let entries = chunk.iter().enumerate().filter_map(|(index, message)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(&message.receipt)
                    .build()
                    .ok()
            });
            let deleted = self
                .sqs
                .delete_message_batch()
                .queue_url(&self.queue.url)
                .set_entries(Some(entries.collect()))
                .send()
                .await;
            if let Err(error) = deleted {
                // They come again, which every consumer must bear.
                eprintln!("deleting from {}: {error}", self.queue.name);
            }
        }
    }

    fn record(&self, message: &ReceivedMessage) -> Value {
        queue_event(message, &self.queue.arn, &self.region)
    }
}

/// One record of a queue event.
pub fn queue_event(message: &ReceivedMessage, queue_arn: &str, region: &str) -> Value {
    json!({
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": message.message_attributes,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    })
}

/// Patterns look into a JSON body.
fn filter_view(mut record: Value) -> Value {
    let body = record["body"].as_str().unwrap_or_default();
    if let Ok(parsed @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(body) {
        record["body"] = parsed;
    }
    record
}

fn received_message(message: Message) -> ReceivedMessage {
    let attributes = message.attributes.unwrap_or_default();
    let own = message.message_attributes.unwrap_or_default();
    let own: Map<String, Value> =
        own.into_iter().map(|(name, value)| (name, message_attribute(&value))).collect();
    ReceivedMessage {
        id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        md5_of_body: message.md5_of_body.unwrap_or_default(),
        attributes: attributes
            .into_iter()
            .map(|(name, value)| (name.as_str().to_owned(), value))
            .collect(),
        message_attributes: Value::Object(own),
    }
}

fn message_attribute(value: &MessageAttributeValue) -> Value {
    let binary = value
        .binary_value
        .as_ref()
        .map(|blob| base64::engine::general_purpose::STANDARD.encode(blob.as_ref()));
    let mut event = json!({
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value.data_type,
    });
    if let Some(text) = &value.string_value {
        event["stringValue"] = json!(text);
    }
    if let Some(binary) = binary {
        event["binaryValue"] = json!(binary);
    }
    event
}
