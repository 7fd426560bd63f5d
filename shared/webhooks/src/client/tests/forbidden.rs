use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
};

use domain::webhook::{Failure, Outcome};
use futures::{StreamExt, future::join_all, stream};
use time::OffsetDateTime;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::server::TlsStream;

use super::{
    super::{
        DeliveryClient, Limits, SendError,
        receiver::{Fixed, Identity, NAME, Receiver, post, request},
    },
    SHORT,
};
use crate::{AddressPolicy, Resolve, Target, TargetError, forbidden};

const CASES: &str = include_str!("../../../tests/refused.txt");

/// The cases of one kind: what, and why it is refused.
fn cases(kind: &str) -> Vec<(&'static str, &'static str)> {
    let cases: Vec<_> = CASES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.rsplit_once(" | ").expect(line))
        .collect();
    assert!(cases.len() >= 120);
    cases
        .into_iter()
        .filter_map(|(what, why)| Some((what.strip_prefix(kind)?.trim(), why)))
        .collect()
}

/// Listens where nobody may go; answers like a good receiver, in case somebody does.
async fn trap(address: SocketAddr) -> Receiver {
    Receiver::tcp(address, |mut stream: TcpStream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
    })
    .await
}

async fn good(identity: &Identity) -> Receiver {
    Receiver::tls(identity, |mut stream: TlsStream<TcpStream>| async move {
        request(&mut stream).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
    })
    .await
}

#[test]
fn every_case_is_refused_at_registration() {
    let mut wrong = Vec::new();
    for (url, why) in cases("url") {
        let read = Target::within(AddressPolicy::Public, url);
        let refused = matches!(&read, Err(error) if format!("{error:?}") == why);
        if !refused {
            wrong.push((url, why, read));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (text, why) in cases("address") {
        let address: IpAddr = text.parse().expect(text);
        let reason = forbidden(address).expect(text);
        assert_eq!(reason.as_str(), why, "{text}");
        // Both as the parser writes it and as it stands there: mapped ones differ.
        let url = url::Host::parse(&match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        });
        let url = format!("https://{}/", url.unwrap());
        let refused = Target::within(AddressPolicy::Public, &url);
        assert_eq!(refused, Err(TargetError::Forbidden(reason)), "{url}");
        let literal = if address.is_ipv6() { format!("[{text}]") } else { text.to_owned() };
        assert!(
            Target::within(AddressPolicy::Public, &format!("https://{literal}/")).is_err(),
            "{text}"
        );
    }
}

#[tokio::test]
async fn every_case_is_refused_at_connect() {
    let public: IpAddr = Ipv4Addr::new(8, 8, 8, 8).into();
    for (text, why) in cases("address") {
        let address: IpAddr = text.parse().unwrap();
        for answer in [vec![address], vec![public, address], vec![address, public]] {
            let client = DeliveryClient::assembled(
                Fixed(answer),
                AddressPolicy::Public,
                SHORT,
                rustls::RootCertStore::empty(),
            );
            let target = Target::of_a_test(NAME, 443);
            let report = client.post(&target, http::HeaderMap::new(), "{}".into()).await;
            let Err(SendError::Forbidden(reason)) = report.result else { panic!("{text}") };
            assert_eq!(reason.as_str(), why, "{text}");
            assert!(matches!(client.check(&target).await, Err(SendError::Forbidden(_))), "{text}");
        }
    }
}

#[test]
fn public_addresses_are_not_refused() {
    for address in [
        "8.8.8.8",
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "203.0.114.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2001:db7::1",
        "2001:db9::1",
        "2003::1",
        "2400:cb00::1",
        "2a00:1450::1",
        "64:ff9b::8.8.8.8",
        "3ffd:ffff::1",
        "2606:4700::5eff:10.0.0.1",
    ] {
        assert_eq!(forbidden(address.parse().unwrap()), None, "{address}");
    }
}

#[tokio::test]
async fn without_loopback_127_0_0_1_is_not_called() {
    let receiver = trap(([127, 0, 0, 1], 0).into()).await;
    let roots = rustls::RootCertStore::empty;
    let client = DeliveryClient::assembled(
        Fixed::localhost(),
        AddressPolicy::Public,
        Limits::DELIVERY,
        roots(),
    );
    let report = post(&client, &receiver).await;
    let outcome = report.outcome(OffsetDateTime::now_utc());
    assert_eq!(outcome, Outcome::of_failure(Failure::Forbidden));
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = trap(([127, 0, 0, 1], 0).into()).await;
    let identity = Identity::of(NAME);
    let client = identity.client(Fixed::localhost(), SHORT);
    for status in [300, 301, 302, 303, 307, 308] {
        let location = format!("http://127.0.0.1:{}/", inside.address.port());
        let outside = Receiver::tls(&identity, move |mut stream: TlsStream<TcpStream>| {
            let answer = format!(
                "HTTP/1.1 {status} There\r\nlocation: {location}\r\nrefresh: 0; {location}\r\n\
                 content-length: 0\r\n\r\n"
            );
            async move {
                request(&mut stream).await?;
                stream.write_all(answer.as_bytes()).await
            }
        })
        .await;
        let outcome = post(&client, &outside).await.outcome(OffsetDateTime::now_utc());
        assert_eq!(outcome, Outcome::of_failure(Failure::Status(status)));
        assert_eq!(outside.accepted(), 1);
    }
    assert_eq!(inside.accepted(), 0);
}

/// Answers otherwise each time it is asked.
struct Rebinding(AtomicUsize);

impl Rebinding {
    fn answer(n: usize) -> Vec<IpAddr> {
        let good: IpAddr = Ipv4Addr::LOCALHOST.into();
        let bad: IpAddr = Ipv4Addr::new(127, 0, 0, 2).into();
        match n % 8 {
            0 | 2 | 4 => vec![good],
            1 | 5 => vec![bad],
            3 => vec![good, bad],
            6 => vec![Ipv6Addr::LOCALHOST.into()],
            _ => vec![bad, good],
        }
    }
}

impl Resolve for &Rebinding {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(Rebinding::answer(self.0.fetch_add(1, SeqCst)))
    }
}

#[tokio::test]
async fn no_rebinding_in_1000_tries_leads_to_a_forbidden_address() {
    const TRIES: usize = 1_000;
    let identity = Identity::of(NAME);
    let good = good(&identity).await;
    let port = good.address.port();
    let traps =
        join_all([trap(([127, 0, 0, 2], port).into()), trap((Ipv6Addr::LOCALHOST, port).into())])
            .await;
    let resolver = Rebinding(AtomicUsize::new(0));
    let client = identity.client(&resolver, Limits::DELIVERY);
    let (mut delivered, mut refused) = (0, 0);
    let mut reports = stream::iter((0..TRIES).map(|_| post(&client, &good))).buffer_unordered(16);
    while let Some(report) = reports.next().await {
        match report.result {
            Ok(answer) if answer.status == 200 => delivered += 1,
            Err(SendError::Forbidden(_)) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((delivered, refused), (TRIES * 3 / 8, TRIES * 5 / 8));
    // Asked once a delivery: there is no second answer that could differ from the first.
    assert_eq!(resolver.0.load(SeqCst), TRIES);
    assert_eq!(good.accepted(), delivered);
    assert_eq!(traps.iter().map(Receiver::accepted).sum::<usize>(), 0);
}
