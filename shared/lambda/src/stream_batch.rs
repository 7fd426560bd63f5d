//! Batches of the table's DynamoDB stream, for the relay.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures::FutureExt;
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use thiserror::Error;
use tokio::time::timeout_at;

pub use aws_lambda_events::dynamodb::EventRecord;

use crate::deadline::Deadline;

/// Time reserved at the end of an invocation to report results.
const MARGIN: Duration = Duration::from_millis(500);

/// Partial failures cannot be reported: the event source mapping retries the whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StreamError {
    /// The event is not a DynamoDB stream event.
    #[error("not a stream event")]
    NotAStreamEvent,
    /// A failed record has no sequence number.
    #[error("a failed record has no sequence number")]
    NoSequenceNumber,
}

/// A handler of stream records.
pub trait StreamHandler: Send + Sync + 'static {
    /// Handles records, oldest first. Returns the indexes of the records that failed. The stream is
    /// retried from the first of them, so handling a later record twice must be safe.
    fn handle(
        &self,
        records: &[EventRecord],
        deadline: Deadline,
    ) -> impl Future<Output = Vec<usize>> + Send;
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "Records", borrow)]
    records: Vec<&'a RawValue>,
}

/// Handles events until the runtime ends.
///
/// # Errors
/// The Lambda runtime is unreachable.
pub async fn run<H: StreamHandler>(handler: H) -> Result<(), lambda_runtime::Error> {
    let handler = Arc::new(handler);
    let serve = move |event: LambdaEvent<Box<RawValue>>| {
        let handler = Arc::clone(&handler);
        async move {
            let (payload, context) = event.into_parts();
            serve(&*handler, payload.get(), &context).await.map_err(lambda_runtime::Error::from)
        }
    };
    Runtime::new(service_fn(serve)).run().await
}

/// Handles one event in process, as Lambda would: for tests and tools.
///
/// # Errors
/// The errors that would fail the invocation.
pub async fn handle<H: StreamHandler>(handler: &H, event: &Value) -> Result<Value, StreamError> {
    let response = serve(handler, &event.to_string(), &Context::default()).await?;
    Ok(serde_json::to_value(response).unwrap_or_default())
}

async fn serve<H: StreamHandler>(
    handler: &H,
    event: &str,
    context: &Context,
) -> Result<impl Serialize + use<H>, StreamError> {
    let event: Event<'_> = serde_json::from_str(event).map_err(|_| StreamError::NotAStreamEvent)?;
    let deadline = Deadline::of(context).earlier_by(MARGIN);
    let mut records = Vec::with_capacity(event.records.len());
    let mut positions = Vec::with_capacity(event.records.len());
    let mut first_failed = None;
    for (position, raw) in event.records.iter().enumerate() {
        if let Ok(record) = serde_json::from_str::<EventRecord>(raw.get()) {
            records.push(record);
            positions.push(position);
        } else {
            tracing::error!(position, "stream record not readable");
            first_failed = first_failed.or(Some(position));
        }
    }
    let work = AssertUnwindSafe(handler.handle(&records, deadline)).catch_unwind();
    let failed = match timeout_at(deadline.instant(), work).await {
        Ok(Ok(failed)) => failed,
        // The handler reported no result: the whole batch is retried.
        Ok(Err(_)) | Err(_) => (0..records.len()).collect(),
    };
    let failed = failed.into_iter().filter_map(|index| positions.get(index).copied()).min();
    let first_failed = [first_failed, failed].into_iter().flatten().min();
    tracing::info!(records = event.records.len(), first_failed, "stream batch");
    let mut response = DynamoDbEventResponse::default();
    if let Some(position) = first_failed {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(sequence_number(event.records[position])?);
        response.batch_item_failures.push(failure);
    }
    Ok(response)
}

/// The sequence number, which is read from records that are otherwise malformed, too.
fn sequence_number(raw: &RawValue) -> Result<String, StreamError> {
    let record: Value = serde_json::from_str(raw.get()).unwrap_or_default();
    match record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str) {
        Some(number) if !number.is_empty() => Ok(number.to_owned()),
        _ => Err(StreamError::NoSequenceNumber),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Failing(Vec<usize>);

    impl StreamHandler for Failing {
        async fn handle(&self, records: &[EventRecord], _: Deadline) -> Vec<usize> {
            assert!(records.len() < 9, "a batch of nine breaks the handler");
            self.0.clone()
        }
    }

    fn record(number: &str) -> Value {
        json!({
            "eventID": number, "eventName": "INSERT", "awsRegion": "eu-west-1",
            "dynamodb": {
                "Keys": {"pk": {"S": "ORDER#1"}, "sk": {"S": "ORDER"}},
                "NewImage": {"pk": {"S": "ORDER#1"}, "sk": {"S": "ORDER"}},
                "SequenceNumber": number, "SizeBytes": 10,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        })
    }

    async fn failures(handler: Failing, records: Vec<Value>) -> Value {
        let response = handle(&handler, &json!({ "Records": records })).await.unwrap();
        response["batchItemFailures"].clone()
    }

    #[tokio::test]
    async fn only_the_first_failed_record_is_reported() {
        let records = vec![record("100"), record("101"), record("102")];
        let reported = failures(Failing(vec![2, 1]), records).await;
        assert_eq!(reported, json!([{ "itemIdentifier": "101" }]));
    }

    #[tokio::test]
    async fn a_malformed_record_fails_with_its_own_sequence_number() {
        let mut bad = record("101");
        bad["dynamodb"]["NewImage"] = json!({"pk": {"Q": 1}});
        let reported = failures(Failing(vec![1]), vec![record("100"), bad, record("102")]).await;
        assert_eq!(reported, json!([{ "itemIdentifier": "101" }]));
    }

    #[tokio::test]
    async fn a_batch_without_failures_reports_no_record() {
        assert_eq!(failures(Failing(vec![]), vec![record("100")]).await, json!([]));
    }

    #[tokio::test]
    async fn a_panic_retries_the_whole_batch() {
        let records = (100..109).map(|n| record(&n.to_string())).collect();
        assert_eq!(failures(Failing(vec![]), records).await, json!([{ "itemIdentifier": "100" }]));
    }

    #[tokio::test]
    async fn a_failure_that_cannot_be_reported_fails_the_invocation() {
        let mut nameless = record("100");
        nameless["dynamodb"]["SequenceNumber"] = json!("");
        let event = json!({ "Records": [nameless] });
        let error = handle(&Failing(vec![0]), &event).await.unwrap_err();
        assert_eq!(error, StreamError::NoSequenceNumber);
        assert_eq!(
            handle(&Failing(vec![]), &json!({})).await.unwrap_err(),
            StreamError::NotAStreamEvent
        );
    }
}
