//! The answers of requests that are done once, however often they are sent (`design.md`,
//! *Idempotency*).

use domain::idempotency::{Once, Remembered};
use http::{HeaderName, StatusCode, header};

use super::{ApiResponse, Problem};

static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An answer in the form in which a repeated request gets it again.
pub fn remember(once: &Once, response: &ApiResponse) -> Remembered {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    Remembered {
        fingerprint: once.fingerprint.clone(),
        status: response.status().as_u16(),
        location: location.map(ToOwned::to_owned),
        body: String::from_utf8_lossy(response.body()).into_owned(),
    }
}

/// The first answer again, if the request is the same.
///
/// # Errors
/// 422 when the key came with another request.
pub fn repeat(once: &Once, earlier: &Remembered) -> Result<ApiResponse, Problem> {
    if once.fingerprint != earlier.fingerprint {
        let info = "the key was used for another request";
        return Err(Problem::unprocessable("IDEMPOTENCY_KEY_REUSED", info));
    }
    let status = StatusCode::from_u16(earlier.status).unwrap_or(StatusCode::OK);
    let response = ApiResponse::bytes(status, "application/json", earlier.body.clone())
        .header(REPLAYED.clone(), "true");
    Ok(match &earlier.location {
        Some(location) => response.header(header::LOCATION, location),
        None => response,
    })
}
