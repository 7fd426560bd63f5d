//! Compressed responses, as the gateway gets them.

use std::io::Read;

use flate2::read::GzDecoder;

use super::*;

/// The echo of a request whose body has so many characters.
async fn echo(accept: Option<&str>, size: usize) -> Value {
    let text = format!("\"{}\"", "a".repeat(size));
    let mut event = event("PATCH", ONE, "", Some(&text));
    if let Some(accept) = accept {
        event["headers"]["accept-encoding"] = json!(accept);
    }
    handler().handle_event(&event).await
}

#[tokio::test]
async fn a_large_body_is_compressed_for_those_who_take_it() {
    let plain = echo(None, 3_000).await;
    assert_eq!(plain["isBase64Encoded"], false);
    assert_eq!(plain["headers"]["vary"], "Accept-Encoding");
    for accept in ["gzip", "br, gzip;q=0.1", "*", "gzip, identity;q=0"] {
        let answer = echo(Some(accept), 3_000).await;
        assert_eq!(answer["headers"]["content-encoding"], "gzip", "{accept}");
        assert_eq!(answer["headers"]["vary"], "Accept-Encoding");
        assert_eq!(answer["isBase64Encoded"], true);
        let sent = BASE64.decode(answer["body"].as_str().unwrap()).unwrap();
        assert!(sent.len() < 600);
        let mut text = String::new();
        GzDecoder::new(&*sent).read_to_string(&mut text).unwrap();
        assert_eq!(text, plain["body"].as_str().unwrap());
    }
    for accept in ["gzip;q=0", "identity", "br", "", "*;q=0"] {
        let answer = echo(Some(accept), 3_000).await;
        assert_eq!(answer["body"], plain["body"], "{accept}");
        assert!(answer["headers"].get("content-encoding").is_none());
    }
    let small = echo(Some("gzip"), 100).await;
    assert_eq!(small["isBase64Encoded"], false);
    assert!(small["headers"].get("content-encoding").is_none());
}
