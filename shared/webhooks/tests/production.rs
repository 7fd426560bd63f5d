//! The crate as a deployed function uses it: compiled for use, not for its own tests. Holds with the
//! feature `loopback` as well, because nothing here calls `AddressPolicy::allow_loopback`.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, TcpListener},
};

use domain::webhook::{Secret, Secrets};
use webhooks::{AddressPolicy, DeliveryClient, Reason, Resolve, SendError, Target, TargetError};

struct Localhost;

impl Resolve for Localhost {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    }
}

#[test]
fn the_policy_is_the_public_one() {
    assert_eq!(AddressPolicy::of_this_process(), AddressPolicy::Public);
}

#[test]
#[cfg(not(feature = "loopback"))]
fn there_is_no_policy_but_the_public_one() {
    // Compiles only while the enumeration has this one variant.
    let AddressPolicy::Public = AddressPolicy::of_this_process();
}

#[test]
fn no_url_leads_to_127_0_0_1() {
    assert_eq!(Target::parse("http://127.0.0.1:9001/"), Err(TargetError::NotHttps));
    assert_eq!(Target::parse("https://127.0.0.1:9001/"), Err(TargetError::Port));
    let refused = Err(TargetError::Forbidden(Reason::Loopback));
    assert_eq!(Target::parse("https://127.0.0.1/"), refused);
}

#[tokio::test]
async fn no_name_leads_to_127_0_0_1() {
    let target = Target::parse("https://receiver.example.com:8443/").unwrap();
    let client = DeliveryClient::with_resolver(Localhost);
    // Where it would arrive; another test may have the port, which is as good.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 8443));
    let secrets = Secrets::new(Secret::from_bytes(vec![1; 32]).unwrap());
    let now = time::OffsetDateTime::UNIX_EPOCH;
    let id = "msg_1".parse().unwrap();
    let report = client.deliver(&target, &id, "{}".into(), &secrets, now).await;
    assert!(matches!(report.result, Err(SendError::Forbidden(Reason::Loopback))), "{report:?}");
    if let Ok(listener) = listener {
        listener.set_nonblocking(true).unwrap();
        assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}

#[test]
fn deliveries_may_run_on_any_thread() {
    fn on_any_thread(_: impl Send) {}
    let client = DeliveryClient::new();
    let target = Target::parse("https://receiver.example.com/").unwrap();
    on_any_thread(client.post(&target, http::HeaderMap::new(), "{}".into()));
    on_any_thread(client.check(&target));
}
