use std::{io, time::Duration};

use domain::webhook::{Failure, Outcome};
use futures::future::join_all;
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};
use tokio_rustls::server::TlsStream;

use super::{
    super::{
        BodyEnd, Report,
        receiver::{Fixed, Identity, NAME, Receiver, post, request},
    },
    SHORT,
};

type Tls = TlsStream<TcpStream>;

const FOR_EVER: Duration = Duration::from_secs(3600);

async fn hang(_stream: impl Send) -> io::Result<()> {
    sleep(FOR_EVER).await;
    Ok(())
}

async fn drip(mut stream: Tls, head: &[u8]) -> io::Result<()> {
    request(&mut stream).await?;
    stream.write_all(head).await?;
    loop {
        stream.write_all(b"x").await?;
        stream.flush().await?;
        sleep(Duration::from_millis(100)).await;
    }
}

fn failure(report: &Report) -> Option<Failure> {
    match report.outcome(OffsetDateTime::now_utc()) {
        Outcome::Failed { why, .. } => Some(why),
        _ => None,
    }
}

/// Whether it took no longer than a limit and half a second.
fn within(report: &Report, limit: Duration) -> bool {
    report.took < limit + Duration::from_millis(500)
}

#[tokio::test]
async fn a_receiver_that_hangs_before_tls_costs_the_time_to_connect() {
    let receiver = Receiver::tcp(([127, 0, 0, 1], 0).into(), hang).await;
    let client = Identity::of(NAME).client(Fixed::localhost(), SHORT);
    let report = post(&client, &receiver).await;
    assert_eq!(failure(&report), Some(Failure::NotConnected));
    assert!(within(&report, SHORT.connect), "{report:?}");
}

#[tokio::test]
async fn a_receiver_that_never_answers_costs_the_whole_time() {
    let identity = Identity::of(NAME);
    let receiver = Receiver::tls(&identity, hang).await;
    let report = post(&identity.client(Fixed::localhost(), SHORT), &receiver).await;
    assert_eq!(failure(&report), Some(Failure::TimedOut));
    assert!(within(&report, SHORT.total), "{report:?}");
}

#[tokio::test]
async fn a_head_that_drips_is_given_up() {
    let identity = Identity::of(NAME);
    let receiver = Receiver::tls(&identity, |stream| drip(stream, b"HTTP/1.1 200 OK\r\na: ")).await;
    let report = post(&identity.client(Fixed::localhost(), SHORT), &receiver).await;
    assert_eq!(failure(&report), Some(Failure::TimedOut));
    assert!(within(&report, SHORT.total), "{report:?}");
}

#[tokio::test]
async fn a_body_that_drips_does_not_undo_the_status() {
    let identity = Identity::of(NAME);
    let client = identity.client(Fixed::localhost(), SHORT);
    let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
    let receiver = Receiver::tls(&identity, |stream| drip(stream, ok)).await;
    let report = post(&client, &receiver).await;
    assert_eq!(report.outcome(OffsetDateTime::now_utc()), Outcome::Delivered);
    assert!(within(&report, SHORT.total), "{report:?}");
    let answer = report.result.unwrap();
    assert_eq!(answer.body_end, BodyEnd::Unfinished);
    assert!(answer.body.len() < 100);
}

#[tokio::test]
async fn a_flood_of_interim_answers_is_given_up() {
    let identity = Identity::of(NAME);
    let receiver = Receiver::tls(&identity, |mut stream: Tls| async move {
        request(&mut stream).await?;
        let flood = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(100);
        loop {
            stream.write_all(&flood).await?;
        }
    })
    .await;
    let report = post(&identity.client(Fixed::localhost(), SHORT), &receiver).await;
    assert_eq!(failure(&report), Some(Failure::TimedOut), "{report:?}");
    assert!(within(&report, SHORT.total), "{report:?}");
}

#[tokio::test]
async fn a_connection_that_is_reset_is_a_failure_wherever_that_happens() {
    let identity = Identity::of(NAME);
    let client = identity.client(Fixed::localhost(), SHORT);
    let at_once = Receiver::tcp(([127, 0, 0, 1], 0).into(), |stream: TcpStream| async move {
        // Closed with something unread: the kernel resets.
        sleep(Duration::from_millis(50)).await;
        drop(stream);
        Ok(())
    })
    .await;
    assert_eq!(failure(&post(&client, &at_once).await), Some(Failure::NotConnected));
    let unread = Receiver::tls(&identity, |stream: Tls| async move {
        sleep(Duration::from_millis(50)).await;
        drop(stream);
        Ok(())
    })
    .await;
    assert_eq!(failure(&post(&client, &unread).await), Some(Failure::Broken));
    let in_the_head = Receiver::tls(&identity, |mut stream: Tls| async move {
        request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 O").await?;
        stream.shutdown().await
    })
    .await;
    assert_eq!(failure(&post(&client, &in_the_head).await), Some(Failure::Broken));
    let in_the_body = Receiver::tls(&identity, |mut stream: Tls| async move {
        request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await?;
        stream.shutdown().await
    })
    .await;
    let answer = post(&client, &in_the_body).await.result.unwrap();
    assert_eq!((answer.status, answer.body_end), (200, BodyEnd::Unfinished));
}

#[tokio::test]
async fn what_is_not_http_is_a_failure() {
    let identity = Identity::of(NAME);
    let client = identity.client(Fixed::localhost(), SHORT);
    const NOT_HTTP: [&[u8]; 6] = [
        b"",
        b"hello\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
    ];
    for bytes in NOT_HTTP {
        let receiver = Receiver::tls(&identity, move |mut stream: Tls| async move {
            request(&mut stream).await?;
            stream.write_all(bytes).await?;
            stream.shutdown().await?;
            stream.read_to_end(&mut Vec::new()).await.map(|_| ())
        })
        .await;
        let report = post(&client, &receiver).await;
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(failure(&report), Some(Failure::Broken), "{text} {report:?}");
    }
}

#[tokio::test]
async fn fifty_receivers_that_hang_delay_nobody() {
    let identity = Identity::of(NAME);
    let (slow, quick) = (
        Receiver::tls(&identity, hang).await,
        Receiver::tls(&identity, |mut stream: Tls| async move {
            request(&mut stream).await?;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
        })
        .await,
    );
    let client = identity.client(Fixed::localhost(), SHORT);
    let began = Instant::now();
    let hanging = join_all((0..50).map(|_| post(&client, &slow)));
    let served = async {
        // After the fifty are on their way.
        sleep(Duration::from_millis(200)).await;
        let mut took = Vec::new();
        for _ in 0..50 {
            let report = post(&client, &quick).await;
            assert_eq!(report.outcome(OffsetDateTime::now_utc()), Outcome::Delivered);
            took.push(report.took);
        }
        took
    };
    let (given_up, took) = tokio::join!(hanging, served);
    assert!(given_up.iter().all(|report| failure(report).is_some()));
    assert!(took.iter().all(|took| *took < Duration::from_secs(1)), "{took:?}");
    assert!(began.elapsed() < SHORT.total + Duration::from_secs(2));
}
