//! The function as it is deployed calls nothing on its own machine.

use domain::webhook::{AttemptResult, Failure, MessageId, Secret, Secrets};
use testkit::FixedRandom;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use webhook_sender::{DeliveryTransport, Destination, HttpTransport};

#[tokio::test]
async fn an_endpoint_on_the_senders_own_machine_is_never_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let secrets = Secrets::new(Secret::new(&FixedRandom::default()));
    let message: MessageId = "msg_ecc-1-1".parse().unwrap();
    for url in [
        format!("http://127.0.0.1:{port}/hook"),
        format!("https://127.0.0.1:{port}/hook"),
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next".to_owned(),
        "https://127.0.0.1/hook".to_owned(),
        "https://localhost/hook".to_owned(),
        "https://[::1]/hook".to_owned(),
        "https://0x7f.1/hook".to_owned(),
    ] {
        let (secrets, now) = (secrets.clone(), OffsetDateTime::now_utc());
        let to = Destination { url: url.parse().unwrap(), secrets, credentials: None };
        let sent = HttpTransport::default()
            .deliver(&to, &message, "{}".to_owned(), now, std::future::ready(true))
            .await;
        assert_eq!(sent.result, AttemptResult::Failed(Failure::Forbidden.as_str()), "{url}");
    }
    let connected = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept());
    assert!(connected.await.is_err(), "somebody connected");
}
