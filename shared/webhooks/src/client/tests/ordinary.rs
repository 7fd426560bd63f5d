use std::{io, net::IpAddr, sync::Arc};

use domain::{
    retry_after::RetryAfter,
    webhook::{Failure, Outcome, Secret, Secrets},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Mutex};
use tokio_rustls::server::TlsStream;

use super::{
    super::{
        BodyEnd, Limits,
        receiver::{Fixed, Identity, NAME, Receiver, post, request},
    },
    SHORT,
};
use crate::{Resolve, Target, verify};

type Seen = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A receiver that keeps what it got and gives one answer to all.
async fn recording(identity: &Identity, answer: &'static str) -> (Receiver, Seen) {
    let seen = Seen::default();
    let kept = seen.clone();
    let receiver = Receiver::tls(identity, move |mut stream| {
        let kept = kept.clone();
        async move {
            kept.lock().await.push(request(&mut stream).await?);
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await
        }
    });
    (receiver.await, seen)
}

#[tokio::test]
async fn a_delivery_arrives_signed_and_plain() {
    let identity = Identity::of(NAME);
    let (receiver, seen) = recording(&identity, "HTTP/1.1 204 No Content\r\n\r\n").await;
    let client = identity.client(Fixed::localhost(), Limits::DELIVERY);
    let secrets = Secrets::new(Secret::from_bytes(vec![7; 32]).unwrap());
    let (id, now) = ("msg_1".parse().unwrap(), OffsetDateTime::now_utc());
    let report = client.deliver(&receiver.target(), &id, r#"{"a":1}"#.into(), &secrets, now).await;
    assert_eq!(report.outcome(now), Outcome::Delivered, "{report:?}");

    let seen = seen.lock().await;
    let (head, body) = &seen[0];
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("POST /hook HTTP/1.1"));
    let mut names = Vec::new();
    let mut headers = HeaderMap::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        names.push(name);
        headers.insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "content-length",
            "content-type",
            "host",
            "user-agent",
            "webhook-id",
            "webhook-signature",
            "webhook-timestamp",
        ]
    );
    let host = format!("\r\nhost: {NAME}:{}\r\n", receiver.address.port());
    assert!(head.contains(&host), "{head}");
    assert_eq!(body, br#"{"a":1}"#);
    assert_eq!(verify(&headers, body, [&secrets.current], now), Ok(id));
}

#[tokio::test]
async fn the_status_decides() {
    let identity = Identity::of(NAME);
    let client = identity.client(Fixed::localhost(), SHORT);
    let failed = |status| Outcome::of_failure(Failure::Status(status));
    let busy = |status, seconds| Outcome::Failed {
        why: Failure::Status(status),
        retry_after: Some(time::Duration::seconds(seconds)),
    };
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Outcome::Delivered),
        ("HTTP/1.0 202 Accepted\r\n\r\nuntil the end", Outcome::Delivered),
        ("HTTP/1.1 410 Gone\r\n\r\n", Outcome::Gone),
        ("HTTP/1.1 500 No\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n", failed(500)),
        ("HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n", failed(400)),
        ("HTTP/1.1 429 No\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n", busy(429, 60)),
        ("HTTP/1.1 503 No\r\nretry-after: 120\r\n\r\n", busy(503, 120)),
        ("HTTP/1.1 503 No\r\nretry-after: soon\r\n\r\n", failed(503)),
        ("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", failed(101)),
    ] {
        let (receiver, _) = recording(&identity, answer).await;
        let report = post(&client, &receiver).await;
        let outcome = report.outcome(OffsetDateTime::now_utc());
        assert_eq!(outcome, expected, "{answer}: {report:?}");
    }
}

#[tokio::test]
async fn a_retry_after_may_be_a_date() {
    let identity = Identity::of(NAME);
    let answer = "HTTP/1.1 503 No\r\nretry-after: Saturday, 21-Nov-26 13:00:00 GMT\r\n\r\n";
    let (receiver, _) = recording(&identity, answer).await;
    let report = post(&identity.client(Fixed::localhost(), SHORT), &receiver).await;
    let at = time::macros::datetime!(2026-11-21 13:00 UTC);
    assert_eq!(report.result.as_ref().unwrap().retry_after, Some(RetryAfter::At(at)));
    let retry_after = Some(time::Duration::HOUR);
    let expected = Outcome::Failed { why: Failure::Status(503), retry_after };
    assert_eq!(report.outcome(at - time::Duration::HOUR), expected);
}

#[tokio::test]
async fn nothing_is_unpacked_and_no_cookie_comes_back() {
    let identity = Identity::of(NAME);
    let answer = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nset-cookie: a=b\r\n\
                  content-length: 4\r\n\r\nGZIP";
    let (receiver, seen) = recording(&identity, answer).await;
    let client = identity.client(Fixed::localhost(), SHORT);
    for _ in 0..2 {
        let answer = post(&client, &receiver).await.result.unwrap();
        assert_eq!((answer.body.as_slice(), answer.body_end), (&b"GZIP"[..], BodyEnd::Complete));
    }
    let seen = seen.lock().await;
    assert!(seen.iter().all(|(head, _)| !head.contains("cookie") && !head.contains("gzip")));
}

#[tokio::test]
async fn a_callers_headers_cannot_change_whom_and_how_much() {
    let identity = Identity::of(NAME);
    let (receiver, seen) = recording(&identity, "HTTP/1.1 200 OK\r\n\r\n").await;
    let client = identity.client(Fixed::localhost(), SHORT);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "internal"),
        ("content-length", "9999"),
        ("transfer-encoding", "chunked"),
        ("connection", "upgrade"),
        ("authorization", "Basic eA=="),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    assert!(client.post(&receiver.target(), headers, "{}".into()).await.result.is_ok());
    let seen = seen.lock().await;
    let head = &seen[0].0;
    assert!(head.contains("content-length: 2\r\n") && !head.contains("upgrade"), "{head}");
    assert!(!head.contains("internal") && !head.contains("chunked"), "{head}");
    assert!(head.contains("authorization: Basic eA=="), "{head}");
}

#[tokio::test]
async fn a_certificate_must_be_trusted_and_name_the_host() {
    async fn answer(mut stream: TlsStream<TcpStream>) -> io::Result<()> {
        request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await
    }
    let other = Identity::of("other.example.com");
    let receiver = Receiver::tls(&other, answer).await;
    let not_trusted = Outcome::of_failure(Failure::NotTrusted);
    let now = OffsetDateTime::now_utc();
    // Trusted, but it names another.
    let report = post(&other.client(Fixed::localhost(), SHORT), &receiver).await;
    assert_eq!(report.outcome(now), not_trusted, "{report:?}");
    // Names the host, but nobody knows the issuer.
    let receiver = Receiver::tls(&Identity::of(NAME), answer).await;
    let stranger = Identity::of(NAME).client(Fixed::localhost(), SHORT);
    assert_eq!(post(&stranger, &receiver).await.outcome(now), not_trusted);
    // No TLS at all.
    let receiver = Receiver::tcp(([127, 0, 0, 1], 0).into(), |mut stream: TcpStream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
    })
    .await;
    assert_eq!(post(&stranger, &receiver).await.outcome(now), not_trusted);
}

/// Answers for ever, but nothing.
struct Silent;

impl Resolve for Silent {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_name_without_an_address_or_an_answer_is_a_failure() {
    let identity = Identity::of(NAME);
    let target = Target::of_a_test(NAME, 443);
    let nowhere = identity.client(Fixed(Vec::new()), SHORT).check(&target).await.unwrap_err();
    assert_eq!(nowhere.failure(), Failure::NameNotFound);
    let client = identity.client(Silent, SHORT);
    let report = client.post(&target, HeaderMap::new(), "{}".into()).await;
    let outcome = report.outcome(OffsetDateTime::now_utc());
    assert_eq!(outcome, Outcome::of_failure(Failure::NotConnected));
    assert!(report.took < SHORT.total, "{report:?}");
}
