//! Connections that are kept for the next delivery.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use domain::webhook::Outcome;
use futures::future::join_all;
use time::OffsetDateTime;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};
use tokio_rustls::server::TlsStream;

use super::{
    super::receiver::{Fixed, Identity, NAME, Receiver, post, request},
    SHORT,
};

type Tls = TlsStream<TcpStream>;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Answers `times` requests over each connection, and counts all of them.
async fn answering(identity: &Identity, times: usize) -> (Receiver, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let receiver = Receiver::tls(identity, move |mut stream: Tls| {
        let count = count.clone();
        async move {
            for _ in 0..times {
                request(&mut stream).await?;
                count.fetch_add(1, SeqCst);
                stream.write_all(OK).await?;
            }
            stream.shutdown().await
        }
    });
    (receiver.await, requests)
}

fn is_delivered(report: &super::super::Report) -> bool {
    report.outcome(OffsetDateTime::now_utc()) == Outcome::Delivered
}

#[tokio::test]
async fn deliveries_one_after_the_other_share_a_connection() {
    let identity = Identity::of(NAME);
    let (receiver, requests) = answering(&identity, 100).await;
    let client = identity.client(Fixed::localhost(), SHORT);
    for _ in 0..20 {
        assert!(is_delivered(&post(&client, &receiver).await));
    }
    assert_eq!((receiver.accepted(), requests.load(SeqCst)), (1, 20));
    // Those at the same time have one each.
    let reports = join_all((0..4).map(|_| post(&client, &receiver))).await;
    assert!(reports.iter().all(is_delivered));
    assert_eq!((receiver.accepted(), requests.load(SeqCst)), (4, 24));
}

#[tokio::test]
async fn a_receiver_that_closes_gets_each_message_once() {
    let identity = Identity::of(NAME);
    let (receiver, requests) = answering(&identity, 3).await;
    let client = identity.client(Fixed::localhost(), SHORT);
    for _ in 0..12 {
        assert!(is_delivered(&post(&client, &receiver).await));
        // The end of a connection is seen before it is used again.
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((receiver.accepted(), requests.load(SeqCst)), (4, 12));
}

#[tokio::test]
async fn one_that_breaks_in_use_costs_no_attempt() {
    let identity = Identity::of(NAME);
    let receiver = Receiver::tls(&identity, |mut stream: Tls| async move {
        request(&mut stream).await?;
        stream.write_all(OK).await?;
        // Reads the next request, and dies of it.
        request(&mut stream).await?;
        Err::<(), _>(io::ErrorKind::ConnectionReset.into())
    })
    .await;
    let client = identity.client(Fixed::localhost(), SHORT);
    for _ in 0..3 {
        assert!(is_delivered(&post(&client, &receiver).await));
    }
    assert_eq!(receiver.accepted(), 3);
}

#[tokio::test]
async fn what_is_not_wholly_read_or_says_close_is_not_kept() {
    let identity = Identity::of(NAME);
    const ANSWERS: [&[u8]; 4] = [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
    ];
    for answer in ANSWERS {
        let receiver = Receiver::tls(&identity, move |mut stream: Tls| async move {
            loop {
                request(&mut stream).await?;
                stream.write_all(answer).await?;
            }
        })
        .await;
        let client = identity.client(Fixed::localhost(), SHORT);
        for _ in 0..3 {
            post(&client, &receiver).await.result.unwrap();
        }
        assert_eq!(receiver.accepted(), 3, "{}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn receivers_share_no_connection() {
    let identity = Identity::of(NAME);
    let (one, other) = (answering(&identity, 100).await, answering(&identity, 100).await);
    let client = identity.client(Fixed::localhost(), SHORT);
    for _ in 0..3 {
        assert!(is_delivered(&post(&client, &one.0).await));
        assert!(is_delivered(&post(&client, &other.0).await));
    }
    assert_eq!((one.0.accepted(), other.0.accepted()), (1, 1));
    assert_eq!((one.1.load(SeqCst), other.1.load(SeqCst)), (3, 3));
}

#[tokio::test]
async fn a_connection_is_not_kept_for_long() {
    let identity = Identity::of(NAME);
    let (receiver, _) = answering(&identity, 100).await;
    let client = identity.client(Fixed::localhost(), SHORT);
    assert!(is_delivered(&post(&client, &receiver).await));
    sleep(Duration::from_millis(4_200)).await;
    assert!(is_delivered(&post(&client, &receiver).await));
    assert_eq!(receiver.accepted(), 2);
}
