//! The crate in a function of the local cloud.

#![cfg(feature = "loopback")]

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener},
    thread,
};

use domain::webhook::{Outcome, Secret, Secrets};
use webhooks::{AddressPolicy, DeliveryClient, Target};

#[tokio::test]
async fn a_receiver_on_127_0_0_1_is_told_over_plain_http() {
    AddressPolicy::allow_loopback();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/sink", listener.local_addr().unwrap());
    let receiver = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"{}") {
            let mut some = [0; 1024];
            let length = stream.read(&mut some).unwrap();
            read.extend_from_slice(&some[..length]);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        String::from_utf8(read).unwrap()
    });
    let secrets = Secrets::new(Secret::from_bytes(vec![1; 32]).unwrap());
    let (id, now) = ("msg_1".parse().unwrap(), time::OffsetDateTime::UNIX_EPOCH);
    let target = Target::parse(&url).unwrap();
    let report = DeliveryClient::new().deliver(&target, &id, "{}".into(), &secrets, now).await;
    assert_eq!(report.outcome(now), Outcome::Delivered, "{report:?}");
    assert!(receiver.join().unwrap().starts_with("POST /sink HTTP/1.1\r\n"));
}

#[test]
fn everything_else_inside_stays_out_of_reach() {
    AddressPolicy::allow_loopback();
    for url in [
        "http://127.0.0.2:80/",
        "http://localhost:80/",
        "http://10.0.0.1:80/",
        "https://127.0.0.2/",
        "https://169.254.169.254/",
        "https://localhost/",
    ] {
        assert!(Target::parse(url).is_err(), "{url}");
    }
}
