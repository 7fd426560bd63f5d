//! Signatures of Standard Webhooks 1.0, *Signature scheme* (symmetric).

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::webhook::{MessageId, Secret, Secrets};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use thiserror::Error;
use time::{Duration, OffsetDateTime};

/// The header with the message's id, the same on every attempt.
pub const ID: HeaderName = HeaderName::from_static("webhook-id");
/// The header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// The header with the signatures, separated by blanks.
pub const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// How far the clocks of sender and receiver may be apart; older attempts may be replays by
/// somebody who listened.
pub const TOLERANCE: Duration = Duration::minutes(5);

fn mac(message: &str, timestamp: i64, body: &[u8], secret: &Secret) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{message}.{timestamp}.").as_bytes());
    mac.update(body);
    mac
}

/// One signature: `v1,` and the base64 of HMAC-SHA256 of id, time and body.
pub fn sign(message: &MessageId, at: OffsetDateTime, body: &[u8], secret: &Secret) -> String {
    let mac = mac(message.as_str(), at.unix_timestamp(), body, secret);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// The three headers of an attempt made `at`, with a signature by each secret that is valid then.
pub fn headers(
    message: &MessageId,
    at: OffsetDateTime,
    body: &[u8],
    secrets: &Secrets,
) -> HeaderMap {
    let signatures: Vec<_> =
        secrets.valid_at(at).map(|secret| sign(message, at, body, secret)).collect();
    let value = |text: String| {
        HeaderValue::try_from(text).expect("ids, digits and base64 are legal in a header")
    };
    HeaderMap::from_iter([
        (ID, value(message.as_str().to_owned())),
        (TIMESTAMP, HeaderValue::from(at.unix_timestamp())),
        (SIGNATURE, value(signatures.join(" "))),
    ])
}

/// A message is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// A header is missing or unreadable.
    #[error("header {0} missing or unreadable")]
    Header(HeaderName),
    /// Signed more than [`TOLERANCE`] ago.
    #[error("signed too long ago")]
    TooOld,
    /// Signed more than [`TOLERANCE`] ahead.
    #[error("signed in the future")]
    TooNew,
    /// No signature by any of the secrets.
    #[error("not signed with this secret")]
    NotSigned,
}

/// Verifies a message as a receiver does; answers its id, by which repetitions are noticed.
///
/// # Errors
/// It is not to be believed.
pub fn verify<'a>(
    headers: &HeaderMap,
    body: &[u8],
    secrets: impl IntoIterator<Item = &'a Secret>,
    now: OffsetDateTime,
) -> Result<MessageId, VerifyError> {
    let header = |name: HeaderName| {
        let text = headers.get(&name).and_then(|value| value.to_str().ok());
        text.ok_or(VerifyError::Header(name))
    };
    let id: MessageId = header(ID)?.parse().map_err(|_| VerifyError::Header(ID))?;
    let timestamp: i64 = header(TIMESTAMP)?.parse().map_err(|_| VerifyError::Header(TIMESTAMP))?;
    let age = now.unix_timestamp().saturating_sub(timestamp);
    if age > TOLERANCE.whole_seconds() {
        return Err(VerifyError::TooOld);
    }
    if age < -TOLERANCE.whole_seconds() {
        return Err(VerifyError::TooNew);
    }
    let signatures: Vec<Vec<u8>> = header(SIGNATURE)?
        .split(' ')
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .collect();
    let signed = secrets.into_iter().any(|secret| {
        let mac = mac(id.as_str(), timestamp, body, secret);
        // In constant time.
        signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    });
    if signed { Ok(id) } else { Err(VerifyError::NotSigned) }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn secret(byte: u8) -> Secret {
        Secret::from_bytes(vec![byte; 32]).unwrap()
    }

    fn id() -> MessageId {
        "msg_p5jXN8AQM9LWM0D4loKWxJek".parse().unwrap()
    }

    #[test]
    fn the_vector_of_the_specification_is_reproduced() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let at = OffsetDateTime::from_unix_timestamp(1_614_265_330).unwrap();
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(&id(), at, BODY, &secret), expected);
    }

    #[test]
    fn the_reference_implementation_signs_the_same_and_believes_us() {
        let now = OffsetDateTime::now_utc();
        for length in 24..=64_u8 {
            let current = Secret::from_bytes((0..length).collect()).unwrap();
            let reference = standardwebhooks::Webhook::new(&current.reveal()).unwrap();
            let theirs = reference.sign(id().as_str(), now.unix_timestamp(), BODY).unwrap();
            assert_eq!(sign(&id(), now, BODY, &current), theirs);
            let secrets = Secrets::new(current).rotated(secret(9), now).unwrap();
            assert!(reference.verify(BODY, &headers(&id(), now, BODY, &secrets)).is_ok());
        }
    }

    #[test]
    fn two_signatures_are_sent_while_a_secret_is_rotated_and_one_afterwards() {
        let secrets = Secrets::new(secret(1)).rotated(secret(2), NOW).unwrap();
        let signatures = |at| {
            let headers = headers(&id(), at, BODY, &secrets);
            let believed = [1, 2].map(|n| verify(&headers, BODY, [&secret(n)], at).is_ok());
            (headers[SIGNATURE].to_str().unwrap().split(' ').count(), believed)
        };
        assert_eq!(signatures(NOW), (2, [true, true]));
        assert_eq!(signatures(NOW + Duration::hours(24)), (1, [false, true]));
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        let sent = headers(&id(), NOW, BODY, &Secrets::new(secret(1)));
        let check = |headers: &HeaderMap, body, n| verify(headers, body, [&secret(n)], NOW);
        assert_eq!(check(&sent, BODY, 1), Ok(id()));
        assert_eq!(check(&sent, b"{}", 1), Err(VerifyError::NotSigned));
        assert_eq!(check(&sent, BODY, 2), Err(VerifyError::NotSigned));
        for (name, value) in [
            (ID, "msg_other"),
            (TIMESTAMP, "1795262401"),
            (SIGNATURE, ""),
            (SIGNATURE, "v1,"),
            (SIGNATURE, "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ] {
            let mut changed = sent.clone();
            changed.insert(name.clone(), HeaderValue::from_static(value));
            assert_eq!(check(&changed, BODY, 1), Err(VerifyError::NotSigned), "{name}: {value}");
            changed.remove(&name);
            assert_eq!(check(&changed, BODY, 1), Err(VerifyError::Header(name)));
        }
    }

    #[test]
    fn a_message_is_believed_for_five_minutes_either_way() {
        let sent = headers(&id(), NOW, BODY, &Secrets::new(secret(1)));
        let at = |now| verify(&sent, BODY, [&secret(1)], now).map(|_| ());
        assert_eq!(at(NOW + TOLERANCE), Ok(()));
        assert_eq!(at(NOW - TOLERANCE), Ok(()));
        assert_eq!(at(NOW + TOLERANCE + Duration::SECOND), Err(VerifyError::TooOld));
        assert_eq!(at(NOW - TOLERANCE - Duration::SECOND), Err(VerifyError::TooNew));
    }
}
