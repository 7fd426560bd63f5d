use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use domain::webhook::{Failure, Outcome};
use futures::future::join_all;
use time::OffsetDateTime;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::server::TlsStream;

use super::{
    super::{
        BodyEnd, Limits,
        receiver::{Fixed, Identity, NAME, Receiver, post, request},
    },
    SHORT,
};

const GIGABYTE: u64 = 1 << 30;
const AT_ONCE: u64 = 32;

/// The most memory this process has had, in KiB. Every test runs in a process of its own.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse().unwrap()
}

/// A receiver that answers `head` and then a gigabyte, and counts what it got rid of.
async fn endless(identity: &Identity, head: &'static [u8]) -> (Receiver, Arc<AtomicU64>) {
    let sent = Arc::new(AtomicU64::new(0));
    let count = sent.clone();
    let receiver = Receiver::tls(identity, move |mut stream: TlsStream<TcpStream>| {
        let count = count.clone();
        async move {
            request(&mut stream).await?;
            stream.write_all(head).await?;
            for _ in 0..GIGABYTE / 4096 {
                stream.write_all(&[b'x'; 4096]).await?;
                count.fetch_add(4096, SeqCst);
            }
            Ok(())
        }
    });
    (receiver.await, sent)
}

#[tokio::test]
async fn a_gigabyte_is_cut_after_16_kib() {
    let identity = Identity::of(NAME);
    let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
    let (receiver, sent) = endless(&identity, ok).await;
    let client = identity.client(Fixed::localhost(), Limits::DELIVERY);
    post(&client, &receiver).await.result.unwrap();
    let before = peak();
    for report in join_all((0..AT_ONCE).map(|_| post(&client, &receiver))).await {
        let answer = report.result.unwrap();
        assert_eq!((answer.body.len(), answer.body_end), (16 * 1024, BodyEnd::Cut));
    }
    let grown = peak() - before;
    // 33 receivers and senders in one process; what left a receiver filled socket buffers.
    assert!(grown < 16 * 1024, "{grown} KiB");
    assert!(sent.load(SeqCst) < (AT_ONCE + 1) * (16 << 20), "{sent:?}");
}

#[tokio::test]
async fn chunks_and_a_body_without_a_length_are_cut_as_well() {
    let identity = Identity::of(NAME);
    let client = identity.client(Fixed::localhost(), Limits::DELIVERY);
    const HEADS: [&[u8]; 2] = [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40000000\r\n",
    ];
    for head in HEADS {
        let (receiver, _) = endless(&identity, head).await;
        let answer = post(&client, &receiver).await.result.unwrap();
        assert_eq!((answer.body.len(), answer.body_end), (16 * 1024, BodyEnd::Cut));
    }
}

#[tokio::test]
async fn a_gigabyte_of_head_is_given_up() {
    let identity = Identity::of(NAME);
    let client = identity.client(Fixed::localhost(), SHORT);
    let (receiver, sent) = endless(&identity, b"HTTP/1.1 200 OK\r\na: ").await;
    let report = post(&client, &receiver).await;
    let outcome = report.outcome(OffsetDateTime::now_utc());
    assert_eq!(outcome, Outcome::of_failure(Failure::Broken), "{report:?}");
    assert!(sent.load(SeqCst) < 16 << 20, "{sent:?}");
}
