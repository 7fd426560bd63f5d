#[cfg(feature = "openapi")]
mod example;

use api::{ApiRequest, ApiResponse, Problem, StatusCode, header};
use domain::identity::signing::PublicKey;
use serde::Serialize;

use crate::TokenApi;

/// Five minutes: the minimum time between the publication and the first use of a key.
const CACHEABLE: &str = "public, max-age=300";

/// A response that anybody may cache, and that a page of any origin may read: it holds nothing
/// but what is published.
pub(crate) fn published(response: ApiResponse) -> ApiResponse {
    response
        .header(header::CACHE_CONTROL, CACHEABLE)
        .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
}

/// A JWK Set (RFC 7517, section 5).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PublicKeysResponse {
    /// Every key that verifies now or will soon.
    keys: Vec<PublicKeyResponse>,
}

/// A P-256 key (RFC 7518, section 6.2).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PublicKeyResponse {
    /// Its type.
    kty: &'static str,
    /// Its curve.
    crv: &'static str,
    /// The first coordinate, base64url.
    x: String,
    /// The second coordinate, base64url.
    y: String,
    /// The `kid` of the tokens it verifies.
    kid: String,
    /// What it is for.
    #[serde(rename = "use")]
    purpose: &'static str,
    /// The only algorithm it is for.
    alg: &'static str,
}

impl From<&PublicKey> for PublicKeyResponse {
    fn from(key: &PublicKey) -> Self {
        Self {
            kty: "EC",
            crv: "P-256",
            x: key.x.clone(),
            y: key.y.clone(),
            kid: key.id.to_string(),
            purpose: "sig",
            alg: "ES256",
        }
    }
}

impl TokenApi {
    /// `GET /.well-known/jwks.json`
    pub(crate) async fn list_public_keys(&self, _: &ApiRequest) -> Result<ApiResponse, Problem> {
        let now = self.clock.now();
        let ring = self.ring.at(now).await.map_err(Problem::failed)?;
        let keys = ring.published(now).map(PublicKeyResponse::from).collect();
        let response = ApiResponse::json(StatusCode::OK, &PublicKeysResponse { keys })?;
        Ok(published(response))
    }
}
