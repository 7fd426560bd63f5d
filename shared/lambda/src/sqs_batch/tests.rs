use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::json;

use super::*;

#[derive(Deserialize)]
struct Instruction {
    action: String,
}

struct Worker;

impl RecordHandler for Worker {
    type Message = Instruction;

    async fn handle(&self, message: Instruction, record: &RecordContext) -> Outcome {
        assert!(!record.remaining().is_zero(), "time remains");
        match message.action.as_str() {
            "done" => Outcome::Done,
            "later" => Outcome::retry_after("not yet", Duration::from_secs(7)),
            "again" => Outcome::retry("busy"),
            "never" => Outcome::poison("no such order"),
            "hang" => std::future::pending().await,
            _ => panic!("unknown action"),
        }
    }
}

fn record(id: &str, body: &str) -> Value {
    json!({
        "messageId": id, "receiptHandle": format!("receipt-{id}"), "body": body,
        "attributes": {"ApproximateReceiveCount": "3"},
        "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:0:work",
    })
}

fn instruction(id: &str, action: &str) -> Value {
    record(id, &json!({ "action": action }).to_string())
}

async fn failures(records: Vec<Value>) -> Vec<String> {
    let batch = Batch::new(Worker, QueueDefault);
    let response = batch.handle(&json!({ "Records": records })).await.unwrap();
    let failures = response["batchItemFailures"].as_array().unwrap();
    failures.iter().map(|item| item["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_record_fails_alone() {
    let records = vec![
        instruction("1", "done"),
        instruction("2", "panic"),
        record("3", "not json"),
        instruction("4", "done"),
        instruction("5", "again"),
        instruction("6", "never"),
        record("7", "{}"),
    ];
    assert_eq!(failures(records).await, ["2", "3", "5", "6", "7"]);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_times_out_does_not_fail_the_others() {
    assert_eq!(failures(vec![instruction("1", "hang"), instruction("2", "done")]).await, ["1"]);
}

#[tokio::test]
async fn an_empty_message_id_is_not_reported() {
    let batch = Batch::new(Worker, QueueDefault);
    let nameless = json!({ "Records": [instruction("", "again"), instruction("2", "done")] });
    assert_eq!(batch.handle(&nameless).await, Err(BatchError::NoMessageId));
    let done = json!({ "Records": [instruction("", "done")] });
    assert_eq!(batch.handle(&done).await.unwrap(), json!({ "batchItemFailures": [] }));
}

#[tokio::test]
async fn an_event_of_another_kind_fails_the_invocation() {
    let batch = Batch::new(Worker, QueueDefault);
    for event in [json!({}), json!({ "Records": 1 }), json!([])] {
        assert_eq!(batch.handle(&event).await, Err(BatchError::NotAQueueEvent));
    }
}

#[tokio::test]
async fn a_failed_record_is_postponed_and_a_done_one_is_not() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let delays = move |receipt: String, delay: Duration| {
        into.lock().unwrap().push((receipt, delay));
        std::future::ready(())
    };
    let records = [
        instruction("1", "done"),
        instruction("2", "later"),
        instruction("3", "never"),
        instruction("4", "again"),
    ];
    Batch::new(Worker, delays).handle(&json!({ "Records": records })).await.unwrap();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen[0], ("receipt-2".to_owned(), Duration::from_secs(7)));
    assert_eq!(seen[1], ("receipt-3".to_owned(), POISON_DELAY));
    assert_eq!(seen[2].0, "receipt-4");
    assert!((3_200..=4_800).contains(&seen[2].1.as_millis()), "{:?}", seen[2].1);
    assert_eq!(seen.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failure_to_postpone_does_not_change_the_report() {
    let never = |_: String, _: Duration| std::future::pending::<()>();
    let batch = Batch::new(Worker, never);
    let response = batch.handle(&json!({ "Records": [instruction("1", "again")] })).await.unwrap();
    assert_eq!(response["batchItemFailures"][0]["itemIdentifier"], "1");
}

#[test]
fn the_delay_doubles_up_to_a_maximum() {
    let millis = |count| growing_delay(count).as_millis();
    assert!((800..=1_200).contains(&millis(1)));
    assert!((3_200..=4_800).contains(&millis(3)));
    assert!((96_000..=144_000).contains(&millis(30)));
}

#[derive(Debug, Error)]
#[error("table {}", if self.0 { "busy" } else { "gone" })]
struct Failure(bool);

impl Retryable for Failure {
    fn retryable(&self) -> bool {
        self.0
    }
}

#[test]
fn a_failure_is_a_retry_when_the_same_call_may_succeed_later() {
    assert_eq!(Outcome::from(Failure(true)), Outcome::retry("table busy"));
    assert_eq!(Outcome::from(Failure(false)), Outcome::poison("table gone"));
}
