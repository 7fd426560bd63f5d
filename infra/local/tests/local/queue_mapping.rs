use std::{collections::BTreeMap, sync::Arc};

use orderwire_local::{
    mapping::{Failures, QueueLoop, ReceivedMessage, read_failures},
    queues,
    runtime::InvokeError,
};
use serde_json::{Value, json};

use crate::fixtures::{Script, place, small_plan};

fn messages() -> Vec<ReceivedMessage> {
    let message = |id: &str| ReceivedMessage {
        id: id.to_owned(),
        receipt: format!("receipt-{id}"),
        body: json!({ "orderId": id }).to_string(),
        md5_of_body: "0".repeat(32),
        attributes: BTreeMap::from([("ApproximateReceiveCount".to_owned(), "1".to_owned())]),
        message_attributes: json!({}),
    };
    ["m1", "m2", "m3"].map(message).to_vec()
}

async fn done(
    answer: Result<Value, InvokeError>,
    change: impl FnOnce(&mut QueueLoop),
) -> Vec<String> {
    let (done, _) = run(answer, change).await;
    done
}

async fn run(
    answer: Result<Value, InvokeError>,
    change: impl FnOnce(&mut QueueLoop),
) -> (Vec<String>, Vec<Value>) {
    let plan = small_plan(&[]);
    let script = Arc::new(Script::of([answer]));
    let mapping = plan.queue_mappings[0].clone();
    let mut queue_loop = QueueLoop {
        queue: plan.queue_by_arn(&mapping.queue_arn).unwrap().clone(),
        mapping,
        region: place().region,
        sqs: queues::client("http://127.0.0.1:9", &place()),
        invoker: script.clone(),
    };
    change(&mut queue_loop);
    let messages = messages();
    let done = queue_loop.process(&messages).await;
    let done = done.into_iter().map(|message| message.id.clone()).collect();
    let events = script.events.lock().unwrap().clone();
    (done, events)
}

#[tokio::test]
async fn a_batch_arrives_as_sqs_records() {
    let (_, events) = run(Ok(json!({})), |_| {}).await;
    let [event] = events.as_slice() else { panic!("one event") };
    assert_eq!(event["Records"].as_array().unwrap().len(), 3);
    assert_eq!(
        event["Records"][0],
        json!({
            "messageId": "m1",
            "receiptHandle": "receipt-m1",
            "body": "{\"orderId\":\"m1\"}",
            "attributes": { "ApproximateReceiveCount": "1" },
            "messageAttributes": {},
            "md5OfBody": "00000000000000000000000000000000",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:WorkQueue",
            "awsRegion": "us-east-1",
        })
    );
}

#[tokio::test]
async fn success_deletes_all_and_an_error_none() {
    assert_eq!(done(Ok(json!({})), |_| {}).await, ["m1", "m2", "m3"]);
    assert_eq!(done(Ok(Value::Null), |_| {}).await, ["m1", "m2", "m3"]);
    assert!(done(Script::failed(), |_| {}).await.is_empty());
    assert!(done(Err(InvokeError::TimedOut), |_| {}).await.is_empty());
}

#[tokio::test]
async fn only_the_messages_reported_as_failed_stay() {
    let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "m2" }] });
    assert_eq!(done(Ok(answer), |_| {}).await, ["m1", "m3"]);
}

#[tokio::test]
async fn a_bad_report_fails_the_whole_batch() {
    for bad in [json!(""), json!(null), json!("stranger"), json!(5)] {
        let answer = json!({ "batchItemFailures": [{ "itemIdentifier": bad }] });
        assert!(done(Ok(answer), |_| {}).await.is_empty(), "{bad}");
    }
    let answer = json!({ "batchItemFailures": [{ "itemIdentifer": "m1" }] });
    assert!(done(Ok(answer), |_| {}).await.is_empty());
    assert_eq!(read_failures(b"no json", ["m1"]), Failures::All);
}

#[tokio::test]
async fn a_mapping_that_reports_nothing_deletes_even_what_failed() {
    let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "m2" }] });
    let done = done(Ok(answer), |queue| queue.mapping.reports_failures = false).await;
    assert_eq!(done, ["m1", "m2", "m3"]);
}

#[tokio::test]
async fn filtered_messages_are_deleted_without_being_seen() {
    let (done, events) = run(Script::failed(), |queue| {
        queue.mapping.filters = vec![json!({ "body": { "orderId": ["m3"] } })];
    })
    .await;
    assert_eq!(done, ["m1", "m2"]);
    assert_eq!(events[0]["Records"].as_array().unwrap().len(), 1);
}
