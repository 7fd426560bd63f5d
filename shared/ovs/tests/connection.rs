//! The client against a server that a test plays: late, broken, or nonsense.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::time::{Duration, Instant};

use domain::{
    ethernet::{
        EthernetSwitch as _, Stamp, SwitchAim, SwitchSession as _, SwitchSnapshot, SwitchTask,
        SwitchWrite,
    },
    lease::Fence,
    network::StepError,
};
use ovs::{Ovs, OvsdbTimes};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const TIMES: OvsdbTimes = OvsdbTimes {
    connect: Duration::from_millis(300),
    step: Duration::from_millis(300),
    total: Duration::from_secs(2),
};

fn task() -> SwitchTask {
    let stamp = Stamp { order: "ORD-1".parse().unwrap(), fence: Fence(1) };
    let (seller, buyer) = ("Seller".parse().unwrap(), "Buyer".parse().unwrap());
    SwitchTask { seller, buyer, stamp, aim: SwitchAim::Withdraw }
}

/// The next request; none when the client is gone.
async fn request(stream: &mut TcpStream) -> Option<Value> {
    let (mut received, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        let length = stream.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
        received.extend_from_slice(&buffer[..length]);
        if let Ok(request) = serde_json::from_slice(&received) {
            return Some(request);
        }
    }
}

/// The switch without any port of the order, `next` ahead of what it forwards by.
fn read_result(next: u64) -> Value {
    let rows = |row: Value| json!({ "rows": [row] });
    let bridge = json!({ "_uuid": ["uuid", "b"], "external_ids": ["map", [["other", "1"]]] });
    json!([rows(json!({ "cur_cfg": 1, "next_cfg": next })), rows(bridge), { "rows": [] }])
}

fn response(id: u64, result: &Value) -> Vec<u8> {
    json!({ "id": id, "result": result, "error": null }).to_string().into_bytes()
}

/// A server that answers each request of one connection with the next of these bytes, and then is
/// silent or, if it `closes`, gone. Returns its address.
async fn server(responses: Vec<Vec<u8>>, closes: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for response in responses {
            request(&mut stream).await.unwrap();
            // The client may be gone before all is written.
            let _ = stream.write_all(&response).await;
        }
        if !closes {
            std::future::pending::<()>().await;
        }
    });
    address
}

async fn read(response: Vec<u8>, closes: bool) -> Result<SwitchSnapshot, StepError> {
    let address = server(vec![response], closes).await;
    Ovs::with_times(address, TIMES).open().await.unwrap().read(&task()).await
}

#[tokio::test]
async fn echoes_and_responses_to_other_requests_are_passed_over() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let played = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = request(&mut stream).await.unwrap();
        assert_eq!(
            (&asked["method"], &asked["params"][0]),
            (&json!("transact"), &json!("Open_vSwitch"))
        );
        let echo = br#"{"method":"echo","params":["x"],"id":"echo"} "#;
        let other = response(7, &json!([]));
        stream.write_all(&[&echo[..], &other[..]].concat()).await.unwrap();
        let echoed = request(&mut stream).await.unwrap();
        // A message may come in pieces, and two of them in one.
        for piece in response(1, &read_result(1)).chunks(7) {
            stream.write_all(piece).await.unwrap();
        }
        echoed
    });
    let mut session = Ovs::with_times(address, TIMES).open().await.unwrap();
    assert_eq!(session.read(&task()).await, Ok(SwitchSnapshot::default()));
    assert_eq!(played.await.unwrap(), json!({ "result": ["x"], "error": null, "id": "echo" }));
}

#[tokio::test]
async fn what_does_not_come_is_unanswered_and_what_is_nonsense_unreadable() {
    let unanswered = |result| matches!(result, Err(StepError::Unanswered { .. }));
    assert!(unanswered(read(Vec::new(), false).await));
    assert!(unanswered(read(Vec::new(), true).await));
    assert!(unanswered(read(response(1, &read_result(1))[..40].to_vec(), true).await));
    let endless = br#"{"method":"echo","params":[],"id":"echo"}"#.repeat(1_000);
    let nonsense = [
        b"hello".to_vec(),
        b"[1]".to_vec(),
        b"{\"id\":1}".to_vec(),
        response(1, &json!("text")),
        response(1, &json!([])),
        response(1, &json!([{ "rows": [{}] }, { "rows": [{}] }, { "rows": [] }])),
        format!("[{}", "1,".repeat(1 << 20)).into_bytes(),
        "[".repeat(10_000).into_bytes(),
        endless,
    ];
    for bytes in nonsense {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        let result = read(bytes, false).await;
        assert!(matches!(result, Err(StepError::Unreadable { .. })), "{shown}: {result:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_without_numbers_and_a_switch_without_the_bridge_refuses() {
    let why = |result| match result {
        Err(StepError::Refused { why }) => why,
        other => panic!("{other:?}"),
    };
    let error = json!({ "error": "constraint violation", "details": "row 240010000000001\u{7}" });
    let refused = read(response(1, &json!([error])), false).await;
    assert_eq!(why(refused), "ovsdb: refused: constraint violation: row …");
    let mut bridgeless = read_result(1);
    bridgeless[1] = json!({ "rows": [] });
    assert_eq!(
        why(read(response(1, &bridgeless), false).await),
        "ovsdb: refused: no bridge access"
    );
    let message = json!({ "id": 1, "result": null, "error": "unknown database" }).to_string();
    assert!(why(read(message.into_bytes(), false).await).contains("unknown database"));
}

#[tokio::test]
async fn a_write_waits_for_what_was_read_and_says_when_it_is_not_so() {
    let unmet = json!([{ "error": "timed out" }, null, null, null, null]);
    let responses = vec![response(1, &read_result(1)), response(2, &unmet)];
    let address = server(responses, false).await;
    let mut session = Ovs::with_times(address, TIMES).open().await.unwrap();
    session.read(&task()).await.unwrap();
    assert_eq!(session.write(&task(), &[]).await, Ok(SwitchWrite::Changed));
}

#[tokio::test]
async fn after_a_lost_response_the_connection_is_not_used_again() {
    let responses = vec![response(1, &read_result(1)), Vec::new(), response(3, &read_result(1))];
    let address = server(responses, false).await;
    let mut session = Ovs::with_times(address, TIMES).open().await.unwrap();
    session.read(&task()).await.unwrap();
    let lost = session.write(&task(), &[]).await;
    assert!(matches!(lost, Err(StepError::Unanswered { .. })), "{lost:?}");
    assert!(matches!(session.read(&task()).await, Err(StepError::Away { .. })));
}

#[tokio::test]
async fn a_configuration_that_is_not_applied_is_not_waited_for_for_ever() {
    let not_yet = |id| response(id, &json!([{ "rows": [{ "cur_cfg": 1 }] }]));
    let responses = std::iter::once(response(1, &read_result(2))).chain((2..400).map(not_yet));
    let address = server(responses.collect(), false).await;
    let mut session = Ovs::with_times(address, TIMES).open().await.unwrap();
    session.read(&task()).await.unwrap();
    let began = Instant::now();
    assert!(matches!(session.applied().await, Err(StepError::Away { .. })));
    assert!(began.elapsed() < 3 * TIMES.step);
}

#[tokio::test]
async fn a_drip_of_bytes_does_not_extend_the_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for byte in response(1, &read_result(1)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    });
    let mut session = Ovs::with_times(address, TIMES).open().await.unwrap();
    let began = Instant::now();
    assert!(matches!(session.read(&task()).await, Err(StepError::Unanswered { .. })));
    assert!(began.elapsed() < 3 * TIMES.step);
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_sent() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    for address in [address.as_str(), "no.such.host.invalid:1", "nonsense"] {
        let opened = Ovs::with_times(address, TIMES).open().await;
        assert!(matches!(opened, Err(StepError::Away { .. })), "{address}");
    }
}
