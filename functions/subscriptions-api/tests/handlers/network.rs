//! What is read from the network, which is a server of the test.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use testkit::{Call, Response, numbers};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::scene::{Scene, sim};

/// A network that gives every request the same response, and never ends an empty one.
struct FakeNetwork {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl FakeNetwork {
    async fn of(status: &str, body: &str) -> Self {
        let length = body.len();
        Self::raw(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}")).await
    }

    async fn raw(response: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                seen.lock().unwrap().push(request);
                if response.is_empty() {
                    std::future::pending::<()>().await;
                }
                stream.write_all(response.as_bytes()).await.unwrap();
            }
        });
        Self { url, requests }
    }
}

/// Reads `what` of a subscription whose network answers like this.
async fn read(what: &str, network: &FakeNetwork) -> Response {
    let scene = Scene::with_network(&network.url).await;
    scene.existing(1).await;
    scene
        .send(Call::new("GET", format!("{}/{what}", sim(1))).header("x-correlation-id", "c-1"))
        .await
}

async fn shown(what: &str, body: Value) -> Value {
    let answer = read(what, &FakeNetwork::of("200 OK", &body.to_string()).await).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[tokio::test]
async fn device_and_mobile_network_are_read_from_the_network_by_the_sim() {
    let network = FakeNetwork::of("200 OK", r#"{"imei": "350000017000030", "more": 1}"#).await;
    let scene = Scene::with_network(&network.url).await;
    scene.existing(1).await;
    let by_number = format!("/ecc/v1/subscriptions/msisdn:{}/imei", numbers::msisdn(1));
    let answer = scene.send(Call::new("GET", by_number).header("x-correlation-id", "c-1")).await;
    assert_eq!((answer.status, answer.body), (200, json!({ "imei": "350000017000030" })));
    let request = network.requests.lock().unwrap().join("");
    let first = format!("GET /subscribers/{}/imei HTTP/1.1", numbers::iccid(1));
    assert!(request.starts_with(&first) && request.contains("x-correlation-id: c-1"), "{request}");

    let seen = json!({ "mcc": "240", "mnc": "01", "name": "Norrnet" });
    assert_eq!(shown("mobile-network", seen.clone()).await, seen);
    let bare = json!({ "mcc": "310", "mnc": "410", "name": null });
    assert_eq!(shown("mobile-network", bare).await, json!({ "mcc": "310", "mnc": "410" }));
}

#[tokio::test]
async fn what_the_network_does_not_report_is_404_with_an_info() {
    let answers = [
        ("404 Not Found", "not here"),
        ("405 Method Not Allowed", ""),
        ("501 Not Implemented", "{}"),
        ("204 No Content", ""),
        ("200 OK", "{}"),
        ("200 OK", r#"{"imei": null, "mcc": null}"#),
    ];
    for (status, body) in answers {
        let network = FakeNetwork::of(status, body).await;
        for what in ["imei", "mobile-network"] {
            let answer = read(what, &network).await;
            assert_eq!((answer.status, answer.code()), (404, "NOT_FOUND"), "{status} {body}");
            assert_eq!(answer.body["info"], "the network does not report this");
        }
    }
}

#[tokio::test]
async fn a_network_that_fails_is_503_with_the_time_to_come_again() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{\"imei\":".to_owned();
    let large = format!(r#"{{"imei": "350000017000030", "more": "{}"}}"#, "x".repeat(20_000));
    let networks = [
        FakeNetwork::of("500 Internal Server Error", "").await,
        FakeNetwork::of("503 Service Unavailable", "").await,
        FakeNetwork::of("401 Unauthorized", "").await,
        FakeNetwork::of("307 Moved", "").await,
        FakeNetwork::of("200 OK", "<html>").await,
        FakeNetwork::of("200 OK", r#"{"imei": "x", "mcc": "240"}"#).await,
        FakeNetwork::of("200 OK", r#"{"imei": 7, "mcc": 240, "mnc": 1}"#).await,
        FakeNetwork::of("200 OK", &large).await,
        FakeNetwork::raw(cut).await,
    ];
    for network in &networks {
        let answer = read("imei", network).await;
        assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"), "{answer:?}");
        assert_eq!(answer.header("retry-after"), "30");
    }
    for network in &networks[5..7] {
        assert_eq!(read("mobile-network", network).await.status, 503);
    }
    let away = Scene::new().await;
    away.existing(1).await;
    assert_eq!(away.get(&format!("{}/imei", sim(1))).await.status, 503);
}

#[tokio::test]
async fn a_network_that_hangs_is_not_waited_for_longer_than_five_seconds() {
    let begin = Instant::now();
    let answer = read("imei", &FakeNetwork::raw(String::new()).await).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "30"));
    assert!(begin.elapsed() < Duration::from_secs(9), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_subscription_that_is_not_the_callers_is_not_asked_for() {
    let network = FakeNetwork::of("200 OK", r#"{"imei": "350000017000030"}"#).await;
    let scene = Scene::with_network(&network.url).await;
    scene.existing(1).await;
    for what in ["imei", "mobile-network"] {
        let call = Call::new("GET", format!("{}/{what}", sim(1))).as_client("bob");
        assert_eq!(call.to(&scene.function).await.status, 404);
        assert_eq!(scene.get(&format!("{}/{what}", sim(2))).await.status, 404);
        assert_eq!(scene.get(&format!("/ecc/v1/subscriptions/46/{what}")).await.status, 400);
    }
    assert!(network.requests.lock().unwrap().is_empty());
}
