//! A table's stream feeds a function: in order, each batch until it is done or
//! given up.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Failures, RecordSource, StreamRecord, matches_any, read_failures};
use crate::{
    clock,
    runtime::{InvokeError, Invoker},
    template::StreamMapping,
};

/// Between two looks at an empty stream; AWS looks four times a second.
const IDLE: Duration = Duration::from_millis(10);
/// Records read at once, before filtering; the stream's own limit.
const READ_AT_ONCE: usize = 1000;

/// Takes the description of records that were given up.
pub trait FailureQueue: Send + Sync + 'static {
    /// Sends one document to the queue with this ARN.
    fn send<'a>(&'a self, queue_arn: &'a str, document: String) -> BoxFuture<'a, ()>;
}

/// One mapping at work on one shard.
pub struct StreamLoop<S> {
    /// The mapping.
    pub mapping: StreamMapping,
    /// ARN of the function.
    pub function_arn: String,
    /// The shard.
    pub source: S,
    /// Runs the function.
    pub invoker: Arc<dyn Invoker>,
    /// Where given-up records are told of.
    pub failures: Arc<dyn FailureQueue>,
    /// First wait before a retry; doubled each time up to 50 times as long.
    pub backoff: Duration,
}

/// Records that are tried together.
struct Batch {
    records: Vec<StreamRecord>,
    attempts: u32,
}

/// Why records are given up, in AWS's words.
#[derive(Clone, Copy)]
enum Condition {
    RetryAttemptsExhausted,
    RecordAgeExceeded,
}

impl<S: RecordSource> StreamLoop<S> {
    /// Reads and invokes for ever.
    pub async fn run(mut self) {
        loop {
            match self.step().await {
                Ok(0) => tokio::time::sleep(IDLE).await,
                Ok(_) => {}
                Err(error) => {
                    eprintln!("reading the stream of {}: {error}", self.mapping.table);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Carries all records that are there now to the function; how many there were.
    pub async fn step(&mut self) -> Result<usize, dynoxide::DynoxideError> {
        let mut records = self.source.read(READ_AT_ONCE)?;
        if !records.is_empty() && !self.mapping.window.is_zero() {
            tokio::time::sleep(self.mapping.window).await;
            records.extend(self.source.read(READ_AT_ONCE)?);
        }
        let Some(last) = records.last().map(|record| record.sequence.clone()) else {
            return Ok(0);
        };
        let count = records.len();
        let mut wanted: VecDeque<StreamRecord> = records
            .into_iter()
            .filter(|record| matches_any(&self.mapping.filters, &record.event))
            .collect();
        while !wanted.is_empty() {
            let size = self.mapping.batch_size.min(wanted.len());
            let records: Vec<StreamRecord> = wanted.drain(..size).collect();
            let reached = records.last().map(|record| record.sequence.clone());
            self.carry(Batch { records, attempts: 0 }).await;
            if let Some(reached) = reached {
                self.source.done_to(&reached);
            }
        }
        self.source.done_to(&last);
        Ok(count)
    }

    async fn carry(&self, batch: Batch) {
        let mut waiting = VecDeque::from([batch]);
        while let Some(mut batch) = waiting.pop_front() {
            self.give_up_old(&mut batch).await;
            if batch.records.is_empty() {
                continue;
            }
            for next in self.attempt(batch).await.into_iter().rev() {
                waiting.push_front(next);
            }
        }
    }

    /// Invokes once; what is left to do, in order.
    async fn attempt(&self, mut batch: Batch) -> Vec<Batch> {
        let records: Vec<&Value> = batch.records.iter().map(|record| &record.event).collect();
        let event = Bytes::from(json!({ "Records": records }).to_string());
        let failed_from = match self.invoker.invoke(&self.mapping.function, event).await {
            Ok(answer) => self.first_failed(&answer, &batch.records),
            Err(InvokeError::Unreachable(_)) => {
                // No attempt was made: nothing counts.
                tokio::time::sleep(self.backoff * 5).await;
                return vec![batch];
            }
            Err(error) => {
                eprintln!("{}: {error}; {} records", self.mapping.function, batch.records.len());
                Some(0)
            }
        };
        let Some(failed_from) = failed_from else { return Vec::new() };
        if failed_from > 0 {
            // The ones before are done: this is a new batch, with its own attempts.
            return vec![Batch { records: batch.records.split_off(failed_from), attempts: 0 }];
        }
        if self.mapping.bisect && batch.records.len() > 1 {
            // Splitting does not count as a retry.
            let second = batch.records.split_off(batch.records.len() / 2);
            let attempts = batch.attempts;
            return vec![batch, Batch { records: second, attempts }];
        }
        batch.attempts += 1;
        if self.mapping.maximum_retries.is_some_and(|most| batch.attempts > most) {
            self.give_up(&batch.records, batch.attempts, Condition::RetryAttemptsExhausted).await;
            return Vec::new();
        }
        let doubled = 1_u32 << (batch.attempts - 1).min(6);
        tokio::time::sleep(self.backoff * doubled.min(50)).await;
        vec![batch]
    }

    fn first_failed(&self, answer: &[u8], records: &[StreamRecord]) -> Option<usize> {
        if !self.mapping.reports_failures {
            return None;
        }
        match read_failures(answer, records.iter().map(|record| record.sequence.as_str())) {
            Failures::None => None,
            Failures::All => Some(0),
            Failures::Some(failed) => {
                records.iter().position(|record| failed.contains(&record.sequence))
            }
        }
    }

    async fn give_up_old(&self, batch: &mut Batch) {
        let Some(age) = self.mapping.maximum_age else { return };
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        let oldest = clock::unix_millis().saturating_sub(age);
        let old = batch.records.iter().take_while(|record| record.created_millis < oldest).count();
        let old: Vec<StreamRecord> = batch.records.drain(..old).collect();
        if !old.is_empty() {
            self.give_up(&old, batch.attempts, Condition::RecordAgeExceeded).await;
        }
    }

    async fn give_up(&self, records: &[StreamRecord], attempts: u32, condition: Condition) {
        eprintln!("{}: {} records given up", self.mapping.function, records.len());
        if let Some(arn) = &self.mapping.on_failure_arn {
            let document = self.failure_document(records, attempts, condition);
            self.failures.send(arn, document.to_string()).await;
        }
    }

    /// <https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html>
    fn failure_document(
        &self,
        records: &[StreamRecord],
        attempts: u32,
        condition: Condition,
    ) -> Value {
        let first = records.first();
        let last = records.last();
        let sequence = |record: Option<&StreamRecord>| record.map(|r| r.sequence.clone());
        let arrival = |record: Option<&StreamRecord>| {
            let created = record.map_or(0, |record| record.created_millis);
            let created = i128::from(created) * 1_000_000;
            let created = time::OffsetDateTime::from_unix_timestamp_nanos(created).ok();
            created.and_then(|c| c.format(&time::format_description::well_known::Rfc3339).ok())
        };
        json!({
            "requestContext": {
                "requestId": Uuid::new_v4().to_string(),
                "functionArn": self.function_arn,
                "condition": match condition {
                    Condition::RetryAttemptsExhausted => "RetryAttemptsExhausted",
                    Condition::RecordAgeExceeded => "RecordAgeExceeded",
                },
                "approximateInvokeCount": attempts,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "timestamp": clock::rfc3339(),
            "DDBStreamBatchInfo": {
                "shardId": self.source.shard(),
                "startSequenceNumber": sequence(first),
                "endSequenceNumber": sequence(last),
                "approximateArrivalOfFirstRecord": arrival(first),
                "approximateArrivalOfLastRecord": arrival(last),
                "batchSize": records.len(),
                "streamArn": self.source.arn(),
            },
        })
    }
}
