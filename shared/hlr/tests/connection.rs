//! The client against a register that a test plays: late, broken, or nonsense.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

use std::time::{Duration, Instant};

use hlr::{
    CtrlError, CtrlTimes, OsmoHlr, Record,
    ipa::{CTRL, Frame, Received},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const TIMES: CtrlTimes =
    CtrlTimes { connect: Duration::from_millis(300), step: Duration::from_millis(300) };
const SUBSCRIBER: &str = "\nid\t1\nimsi\t240010000000001\nnam_cs\t1\nnam_ps\t1";

async fn next_command(stream: &mut TcpStream) -> String {
    let (mut received, mut buffer) = (Received::default(), [0; 1024]);
    loop {
        let length = stream.read(&mut buffer).await.unwrap();
        received.push(&buffer[..length]);
        if let Some(frame) = received.next_frame() {
            return String::from_utf8(frame.content(CTRL).unwrap().to_vec()).unwrap();
        }
    }
}

fn framed(text: &str) -> Vec<u8> {
    Frame::osmocom(CTRL, text.as_bytes()).to_bytes().unwrap()
}

/// What comes of a question to a register that responds with these bytes, and then is silent or, if
/// it `closes`, gone.
async fn asked(response: Vec<u8>, closes: bool) -> Result<Option<Record>, CtrlError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let register = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let command = next_command(&mut stream).await;
        assert_eq!(command, "GET 1 subscriber.by-imsi-240010000000001.info-all");
        // The client may be gone before all is written.
        let _ = stream.write_all(&response).await;
        if !closes {
            std::future::pending::<()>().await;
        }
    });
    let mut session = OsmoHlr::with_times(address, TIMES).connect().await.unwrap();
    let answer = session.by_imsi(&"240010000000001".parse().unwrap()).await;
    register.abort();
    answer
}

#[tokio::test]
async fn traps_and_responses_to_other_commands_are_passed_over() {
    let value = format!("GET_REPLY 1 x {SUBSCRIBER}");
    let other = Frame { protocol: 0xfe, payload: vec![0] }.to_bytes().unwrap();
    let bytes = [
        framed("TRAP 0 something happened"),
        other,
        framed("GET_REPLY 7 x y"),
        framed("ERROR 8 no"),
        framed(&value),
    ];
    let record = asked(bytes.concat(), false).await.unwrap().unwrap();
    assert_eq!(record.imsi.as_str(), "240010000000001");
    assert_eq!(asked(framed("ERROR 1 No such subscriber."), false).await, Ok(None));
}

#[tokio::test]
async fn a_refusal_is_told_without_numbers() {
    let refused = asked(framed("ERROR 1 240010000000001: no\u{7}"), false).await;
    assert_eq!(refused, Err(CtrlError::Refused("…: no".to_owned())));
}

#[tokio::test]
async fn what_does_not_come_is_unanswered_and_what_is_nonsense_unreadable() {
    let unanswered = |answer| matches!(answer, Err(CtrlError::Unanswered(_)));
    assert!(unanswered(asked(Vec::new(), false).await));
    assert!(unanswered(asked(Vec::new(), true).await));
    assert!(unanswered(asked(framed("GET_REPLY 1 x y")[..9].to_vec(), true).await));
    for nonsense in ["hello", "GET_REPLY one x y", "GET_REPLY 1 x nothing of a subscriber", "\u{0}"]
    {
        let answer = asked(framed(nonsense), false).await;
        assert_eq!(answer, Err(CtrlError::Unreadable), "{nonsense}");
    }
    let endless: Vec<u8> = (0..1_000).flat_map(|_| framed("TRAP 0 x y")).collect();
    assert_eq!(asked(endless, false).await, Err(CtrlError::Unreadable));
}

#[tokio::test]
async fn a_drip_of_bytes_does_not_extend_the_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for byte in framed("GET_REPLY 1 x y") {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    });
    let mut session = OsmoHlr::with_times(address, TIMES).connect().await.unwrap();
    let began = Instant::now();
    let imsi = "240010000000001".parse().unwrap();
    assert!(matches!(session.by_imsi(&imsi).await, Err(CtrlError::Unanswered(_))));
    assert!(began.elapsed() < 3 * TIMES.step);
    // Its response may still come: the connection is not used again.
    assert!(matches!(session.by_imsi(&imsi).await, Err(CtrlError::Away(_))));
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_sent() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    for address in [address.as_str(), "no.such.host.invalid:1", "nonsense"] {
        let connected = OsmoHlr::with_times(address, TIMES).connect().await;
        assert!(matches!(connected, Err(CtrlError::Away(_))), "{address}");
    }
}
