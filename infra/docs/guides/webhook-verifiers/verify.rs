// Verifies a message: `verify(secret, id, timestamp, signatures, body, now)`.
// [dependencies] base64 = "0.22", hmac = "0.13", sha2 = "0.11"
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const TOLERANCE_SECONDS: i64 = 5 * 60;

/// Whether the message was signed with the secret, and not long ago. `now` is in seconds since 1970.
pub(crate) fn verify(
    secret: &str,
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: i64,
) -> bool {
    let Ok(seconds) = timestamp.parse::<u32>() else { return false };
    if id.is_empty() || (now - i64::from(seconds)).abs() > TOLERANCE_SECONDS {
        return false;
    }
    let Ok(key) = STANDARD.decode(secret.trim_start_matches("whsec_")) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    signatures.split(' ').any(|given| {
        let given = given.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        // Compares in constant time.
        given.is_some_and(|given| mac.clone().verify_slice(&given).is_ok())
    })
}
