use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use dynoxide::{Database, DynoxideError, actions::put_item::PutItemRequest};
use futures::future::BoxFuture;
use orderwire_local::{
    clock,
    mapping::{FailureQueue, RecordSource, StreamLoop, StreamRecord, TableStream},
    runtime::InvokeError,
    table,
    template::StartingPosition,
};
use serde_json::{Value, json};

use crate::fixtures::{Script, small_plan};

struct Given(VecDeque<StreamRecord>);

impl RecordSource for Given {
    fn read(&mut self, most: usize) -> Result<Vec<StreamRecord>, DynoxideError> {
        let size = most.min(self.0.len());
        Ok(self.0.drain(..size).collect())
    }

    fn arn(&self) -> &str {
        "arn:stream"
    }

    fn shard(&self) -> &str {
        "shard-1"
    }
}

#[derive(Default)]
struct Told(Mutex<Vec<Value>>);

impl FailureQueue for Told {
    fn send<'a>(&'a self, _queue_arn: &'a str, document: String) -> BoxFuture<'a, ()> {
        self.0.lock().unwrap().push(serde_json::from_str(&document).unwrap());
        Box::pin(async {})
    }
}

fn record(sequence: usize, sk: &str, age: Duration) -> StreamRecord {
    let event = json!({
        "eventID": sequence.to_string(),
        "dynamodb": { "SequenceNumber": sequence.to_string(), "Keys": { "sk": { "S": sk } } },
    });
    let age = u64::try_from(age.as_millis()).unwrap();
    StreamRecord {
        sequence: sequence.to_string(),
        created_millis: clock::unix_millis() - age,
        event,
    }
}

struct Outcome {
    /// Sequence numbers of each invocation.
    seen: Vec<Vec<String>>,
    told: Vec<Value>,
}

async fn run(
    records: Vec<StreamRecord>,
    answers: Vec<Result<Value, InvokeError>>,
    change: impl FnOnce(&mut StreamLoop<Given>),
) -> Outcome {
    let script = Arc::new(Script::of(answers));
    let told = Arc::new(Told::default());
    let mut stream = StreamLoop {
        mapping: small_plan(&[]).stream_mappings[0].clone(),
        function_arn: "arn:function".to_owned(),
        source: Given(records.into()),
        invoker: script.clone(),
        failures: told.clone(),
        backoff: Duration::from_millis(1),
    };
    change(&mut stream);
    stream.step().await.unwrap();
    let events = script.events.lock().unwrap();
    let sequences = |event: &Value| {
        let records = event["Records"].as_array().unwrap().iter();
        records.map(|r| r["eventID"].as_str().unwrap().to_owned()).collect()
    };
    Outcome { seen: events.iter().map(sequences).collect(), told: told.0.lock().unwrap().clone() }
}

fn things(count: usize) -> Vec<StreamRecord> {
    (1..=count).map(|n| record(n, "THING", Duration::ZERO)).collect()
}

fn failing(sequence: &str) -> Result<Value, InvokeError> {
    Ok(json!({ "batchItemFailures": [{ "itemIdentifier": sequence }] }))
}

#[tokio::test]
async fn records_come_in_order_in_batches_and_without_those_filtered() {
    let mut records = things(30);
    records.push(record(31, "OTHER", Duration::ZERO));
    let outcome = run(records, vec![], |_| {}).await;
    let sizes: Vec<usize> = outcome.seen.iter().map(Vec::len).collect();
    assert_eq!(sizes, [25, 5]);
    let all: Vec<usize> = outcome.seen.concat().iter().map(|s| s.parse().unwrap()).collect();
    assert!(all.is_sorted() && all.len() == 30);
}

#[tokio::test]
async fn after_a_partial_failure_the_first_failed_record_and_all_after_it_come_again() {
    let outcome = run(things(4), vec![failing("3")], |_| {}).await;
    assert_eq!(outcome.seen, [vec!["1", "2", "3", "4"], vec!["3", "4"]]);
}

#[tokio::test]
async fn a_failed_batch_is_split_in_two() {
    let outcome = run(things(4), vec![Script::failed()], |_| {}).await;
    assert_eq!(outcome.seen, [vec!["1", "2", "3", "4"], vec!["1", "2"], vec!["3", "4"]]);
}

#[tokio::test]
async fn a_poison_record_is_given_up_alone_after_its_retries() {
    // 3 retries: the whole, its first half, then record 1 alone four times.
    let answers = (0..6).map(|_| Script::failed()).collect();
    let outcome = run(things(4), answers, |_| {}).await;
    assert_eq!(outcome.seen.iter().filter(|seen| **seen == ["1"]).count(), 4);
    assert_eq!(outcome.seen[6..], [vec!["2"], vec!["3", "4"]]);
    let [document] = outcome.told.as_slice() else { panic!("one document") };
    assert_eq!(document["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(document["requestContext"]["approximateInvokeCount"], 4);
    let info = &document["DDBStreamBatchInfo"];
    assert_eq!(info["startSequenceNumber"], "1");
    assert_eq!(info["endSequenceNumber"], "1");
    assert_eq!(
        (info["batchSize"].as_u64(), info["streamArn"].as_str()),
        (Some(1), Some("arn:stream"))
    );
}

#[tokio::test]
async fn without_bisecting_the_whole_batch_is_given_up() {
    let answers = (0..4).map(|_| Script::failed()).collect();
    let outcome = run(things(3), answers, |stream| stream.mapping.bisect = false).await;
    assert_eq!(outcome.seen.len(), 4);
    assert_eq!(outcome.told[0]["DDBStreamBatchInfo"]["batchSize"], 3);
}

#[tokio::test]
async fn records_past_their_age_are_given_up_unseen() {
    let old = record(1, "THING", Duration::from_secs(3700));
    let outcome = run(vec![old, record(2, "THING", Duration::ZERO)], vec![], |_| {}).await;
    assert_eq!(outcome.seen, [vec!["2"]]);
    assert_eq!(outcome.told[0]["requestContext"]["condition"], "RecordAgeExceeded");
}

#[tokio::test]
async fn an_unreachable_function_costs_no_attempt() {
    let away = || Err(InvokeError::Unreachable("away"));
    let outcome = run(things(1), (0..9).map(|_| away()).collect(), |_| {}).await;
    assert_eq!(outcome.seen.len(), 10);
    assert!(outcome.told.is_empty());
}

#[test]
fn a_tables_changes_are_read_in_order_and_go_on_where_they_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.sqlite");
    let position = folder.path().join("position-f");
    let plan = small_plan(&[]);
    let database = Database::new(&file.to_string_lossy()).unwrap();
    table::create(&database, &plan.tables[0]).unwrap();
    table::create(&database, &plan.tables[0]).unwrap();
    let put = |sk: &str| {
        let request: Result<PutItemRequest, _> = serde_json::from_value(json!({
            "TableName": "ThingsTable",
            "Item": { "pk": { "S": "a" }, "sk": { "S": sk }, "n": { "N": "1" } },
        }));
        database.put_item(request.unwrap()).unwrap();
    };
    let open = || {
        let horizon = StartingPosition::TrimHorizon;
        let mut shards =
            TableStream::open(&database, "ThingsTable", horizon, Some(&position)).unwrap();
        assert_eq!(shards.len(), 1);
        shards.remove(0)
    };
    put("ONE");
    put("TWO");
    let mut stream = open();
    let records = stream.read(10).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].event["dynamodb"]["NewImage"]["sk"]["S"], "ONE");
    assert_eq!(records[0].event["eventSource"], "aws:dynamodb");
    assert!(records[0].event["eventSourceARN"].as_str().unwrap().contains("ThingsTable/stream"));
    stream.done_to(&records[0].sequence);
    put("THREE");
    assert_eq!(stream.read(10).unwrap().len(), 1);
    let again = open().read(10).unwrap();
    let sort_keys: Vec<&str> =
        again.iter().map(|r| r.event["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap()).collect();
    assert_eq!(sort_keys, ["TWO", "THREE"]);
}
