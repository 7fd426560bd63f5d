use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// A queue service that returns prepared responses in order and records the requests.
struct FakeQueue {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl FakeQueue {
    async fn responding(responses: Vec<(u16, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&requests);
        tokio::spawn(async move {
            for (status, body) in responses {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                into.lock().unwrap().push(request);
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(body.as_bytes()).await.unwrap();
            }
        });
        Self { url, requests }
    }

    fn queue(&self) -> WorkQueue {
        WorkQueue::new(&Settings::emulator(&self.url), format!("{}/0/work", self.url))
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap_or("0");
        let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
        if body.len() >= length || read == 0 {
            return text;
        }
    }
}

fn accepted(ids: impl IntoIterator<Item = usize>) -> String {
    let entries: Vec<_> = ids
        .into_iter()
        .map(|id| format!(r#"{{"Id":"{id}","MessageId":"m{id}","MD5OfMessageBody":"x"}}"#))
        .collect();
    format!(r#"{{"Successful":[{}],"Failed":[]}}"#, entries.join(","))
}

fn refusal(code: &str) -> (u16, String) {
    (400, format!(r#"{{"__type":"com.amazonaws.sqs#{code}","message":"personal data"}}"#))
}

fn messages(count: usize) -> Vec<Outgoing> {
    (0..count).map(|n| Outgoing::now(n.to_string())).collect()
}

#[test]
fn a_call_holds_at_most_ten_messages() {
    assert_eq!(calls(&messages(25)), [0..10, 10..20, 20..25]);
    assert!(calls(&[]).is_empty());
}

#[test]
fn a_call_is_split_before_its_bodies_exceed_the_limit() {
    let large = Outgoing::now("x".repeat(BATCH_BYTES - 1));
    let messages = [Outgoing::now("ab"), large.clone(), large, Outgoing::now("c")];
    assert_eq!(calls(&messages), [0..1, 1..2, 2..4]);
}

#[test]
fn a_delay_is_rounded_up_and_capped() {
    assert_eq!(seconds(Duration::from_millis(1), LONGEST_DELAY), 1);
    assert_eq!(seconds(Duration::ZERO, LONGEST_DELAY), 0);
    assert_eq!(seconds(Duration::from_secs(5_000), LONGEST_DELAY), 900);
}

#[tokio::test]
async fn a_message_that_the_response_does_not_list_as_successful_counts_as_failed() {
    let fake = FakeQueue::responding(vec![
        (200, accepted([0, 1, 2, 4, 5, 6, 7, 8, 9])),
        (200, accepted([10])),
    ])
    .await;
    assert_eq!(fake.queue().send_batch(&messages(12)).await, Ok(vec![3, 11]));
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn a_refused_call_fails_only_its_own_messages() {
    let fake =
        FakeQueue::responding(vec![refusal("AccessDenied"), (200, accepted([10, 11]))]).await;
    let failed = fake.queue().send_batch(&messages(12)).await.unwrap();
    assert_eq!(failed, (0..10).collect::<Vec<_>>());
}

#[tokio::test]
async fn when_no_call_succeeds_the_error_has_the_code_without_the_services_text() {
    let fake = FakeQueue::responding(vec![refusal("AccessDenied")]).await;
    let error = fake.queue().send_batch(&messages(2)).await.unwrap_err();
    assert_eq!(error, QueueError::Refused { code: "AccessDenied".to_owned() });
    assert!(!error.retryable() && !error.to_string().contains("personal"));
}

#[tokio::test]
async fn an_empty_batch_makes_no_call() {
    let fake = FakeQueue::responding(vec![]).await;
    assert_eq!(fake.queue().send_batch(&[]).await, Ok(vec![]));
}

#[tokio::test]
async fn an_internal_error_of_the_service_is_retried() {
    let failure = (500, r#"{"__type":"com.amazonaws.sqs#InternalFailure"}"#.to_owned());
    let fake = FakeQueue::responding(vec![failure, (200, accepted([0]))]).await;
    assert_eq!(fake.queue().send_batch(&messages(1)).await, Ok(vec![]));
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn a_message_is_received_with_its_receive_count() {
    let body = r#"{"Messages":[{"MessageId":"m","ReceiptHandle":"r","Body":"b",
        "Attributes":{"ApproximateReceiveCount":"4"}}]}"#;
    let fake = FakeQueue::responding(vec![(200, body.to_owned())]).await;
    let received = fake.queue().receive(10, Duration::from_secs(30)).await.unwrap();
    let expected = Received {
        message_id: "m".to_owned(),
        receipt: "r".to_owned(),
        body: "b".to_owned(),
        receive_count: 4,
    };
    assert_eq!(received, [expected]);
    assert!(fake.requests()[0].contains(r#""VisibilityTimeout":30"#));
}

#[tokio::test]
async fn the_count_includes_delayed_messages_and_messages_in_flight() {
    let body = r#"{"Attributes":{"ApproximateNumberOfMessages":"1",
        "ApproximateNumberOfMessagesNotVisible":"2","ApproximateNumberOfMessagesDelayed":"3"}}"#;
    let fake = FakeQueue::responding(vec![(200, body.to_owned())]).await;
    assert_eq!(fake.queue().approximate_count().await, Ok(6));
}

#[tokio::test]
async fn warming_a_queue_that_does_not_respond_takes_its_time_and_no_longer() {
    // Accepts connections and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let began = tokio::time::Instant::now();
    WorkQueue::new(&Settings::emulator(&url), format!("{url}/0/work")).warm().await;
    let took = began.elapsed();
    assert!(took >= WARM && took < WARM * 2, "{took:?}");
}

/// The `metric` fields of the log events of this thread.
#[derive(Clone, Default)]
struct Metrics(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Metrics {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        event.record(&mut self.clone());
    }
}

impl tracing::field::Visit for Metrics {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        if field.name() == "metric" {
            self.0.lock().unwrap().push(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}

#[tokio::test]
async fn only_a_retryable_failure_with_an_exhausted_retry_quota_is_counted() {
    use tracing_subscriber::layer::SubscriberExt;

    let metrics = Metrics::default();
    let _guard =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(metrics.clone()));
    let unavailable = || (503, String::new());
    let fake = FakeQueue::responding((0..4).map(|_| unavailable()).collect()).await;
    assert!(fake.queue().send_batch(&messages(1)).await.is_err());
    assert_eq!(
        (fake.requests().len(), metrics.0.lock().unwrap().len()),
        (4, 0),
        "all attempts used"
    );
    let fake = FakeQueue::responding(vec![refusal("QueueDoesNotExist")]).await;
    assert!(fake.queue().send_batch(&messages(1)).await.is_err());
    assert_eq!((fake.requests().len(), metrics.0.lock().unwrap().len()), (1, 0), "not retryable");
    let fake = FakeQueue::responding(vec![unavailable()]).await;
    let settings = Settings::emulator(&fake.url).without_retries();
    let queue = WorkQueue::new(&settings, format!("{}/0/work", fake.url));
    assert!(queue.send_batch(&messages(1)).await.is_err());
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(*metrics.0.lock().unwrap(), ["RetryQuotaEmpty"]);
}
