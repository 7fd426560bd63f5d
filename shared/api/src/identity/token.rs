//! Access tokens: JWTs (RFC 9068) signed with ES256, verified without a call to their issuer.
//!
//! A token is checked in this order: size, header (`alg`, `typ`, `kid`, no embedded key and no
//! critical extension), issuer, key, signature, `iss`, `aud`, times. Every failure is the same
//! refusal.

mod claims;
mod issue;
mod keys;
mod trusted;

use std::{collections::HashSet, sync::Mutex};

use domain::identity::{
    ClientId, Identity,
    signing::{KeyId, PublicKeys},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, dangerous::insecure_decode_claims, decode,
    decode_header,
};
use lambda::telemetry::name_client;
use serde::Deserialize;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::AuthenticationError;
use claims::AccessToken;
pub use issue::{SignError, generate_key, sign};
use keys::KeyCache;
pub use trusted::{ParseTrustedIssuersError, TrustedIssuer, TrustedIssuers};

/// Maximum length of a token in bytes; our own are below 1 KiB.
const LONGEST: usize = 8 * 1024;
/// Accepted clock skew.
const LEEWAY: Duration = Duration::seconds(30);

/// A verifier of bearer tokens.
pub trait Tokens: Send + Sync {
    /// Identifies the bearer of `token`.
    ///
    /// # Errors
    /// The token is invalid, or its key cannot be looked up.
    fn identify(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Identity, AuthenticationError>> + Send;
}

/// Refuses every token: for APIs with HTTP Basic only, whose binaries then exclude this module.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTokens;

impl Tokens for NoTokens {
    async fn identify(&self, _: &str, _: OffsetDateTime) -> Result<Identity, AuthenticationError> {
        Err(AuthenticationError::Refused)
    }
}

/// The issuer and the audience of our tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenTerms {
    /// `iss`: the public URL of the deployment, without a trailing slash.
    pub issuer: String,
    /// `aud`: the APIs of the deployment.
    pub audience: String,
}

/// Verifies our own tokens, and those of trusted issuers.
pub struct TokenVerifier<K> {
    keys: K,
    terms: TokenTerms,
    trusted: TrustedIssuers,
    cache: Mutex<KeyCache>,
}

impl<K: PublicKeys> TokenVerifier<K> {
    /// Accepts tokens with these terms, signed with one of these keys.
    pub fn new(keys: K, terms: TokenTerms) -> Self {
        Self { keys, terms, trusted: TrustedIssuers::default(), cache: Mutex::default() }
    }

    /// Accepts tokens of trusted issuers as well. An issuer with our own name is ignored.
    #[must_use]
    pub fn trusting(mut self, trusted: TrustedIssuers) -> Self {
        self.trusted = trusted;
        self
    }

    async fn check(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Identity>, AuthenticationError> {
        let Some((header, issuer)) = unverified(token) else { return Ok(None) };
        let Some(kid) = header.kid.as_deref() else { return Ok(None) };
        if issuer != self.terms.issuer {
            return self.trusted.identify(token, &header, kid, &issuer, now).await;
        }
        if !is_access_token(&header) {
            return Ok(None);
        }
        let Ok(kid) = kid.parse::<KeyId>() else { return Ok(None) };
        let Some(key) = self.key(&kid, now).await? else { return Ok(None) };
        let TokenTerms { issuer, audience } = &self.terms;
        let claims = verified(token, &key, Algorithm::ES256, issuer, audience, now);
        Ok(claims.and_then(AccessToken::from_claims).map(AccessToken::into_identity))
    }
}

impl<K: PublicKeys> Tokens for TokenVerifier<K> {
    async fn identify(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Identity, AuthenticationError> {
        let identity = self.check(token, now).await?;
        if identity.is_none() {
            claimed(token).iter().for_each(|id| name_client(id.as_str()));
        }
        identity.ok_or(AuthenticationError::Refused)
    }
}

/// The client that a refused token names, for the log.
fn claimed(token: &str) -> Option<ClientId> {
    #[derive(Deserialize)]
    struct Claimed {
        client_id: ClientId,
    }
    let claims = Some(token).filter(|token| token.len() <= LONGEST);
    insecure_decode_claims(claims?).ok().map(|Claimed { client_id }| client_id)
}

/// The unverified header and issuer of a token; none if the header is not acceptable.
fn unverified(token: &str) -> Option<(Header, String)> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    if token.len() > LONGEST {
        return None;
    }
    let header = decode_header(token).ok()?;
    // A header that embeds or references a key is an attack; critical extensions are not
    // supported.
    let harmless = header.crit.is_none()
        && header.jku.is_none()
        && header.jwk.is_none()
        && header.x5u.is_none()
        && header.x5c.is_none()
        && header.enc.is_none()
        && header.zip.is_none()
        && !header.extras.inner().contains_key("b64");
    let Issuer { iss } = insecure_decode_claims(token).ok()?;
    harmless.then_some((header, iss))
}

/// RFC 9068, section 4: anything else is a token for another purpose.
fn is_access_token(header: &Header) -> bool {
    header.typ.as_deref().is_some_and(|typ| {
        let typ = typ.to_ascii_lowercase();
        matches!(typ.as_str(), "at+jwt" | "application/at+jwt")
    })
}

/// The claims of a token signed with `key` by `issuer` for `audience`, valid at `now`.
fn verified(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    issuer: &str,
    audience: &str,
    now: OffsetDateTime,
) -> Option<Value> {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.required_spec_claims = HashSet::from(["iss", "aud"].map(str::to_owned));
    // Times are checked below, with the injected clock, also for being there: `jsonwebtoken` takes
    // no time with a fraction for one (feature `arbitrary_precision` of `serde_json`).
    validation.validate_exp = false;
    let claims = decode::<Value>(token, key, &validation).ok()?.claims;
    in_time(&claims, now).then_some(claims)
}

/// `exp` is required and must be in the future; `nbf` and `iat` are optional and must not be.
fn in_time(claims: &Value, now: OffsetDateTime) -> bool {
    let (now, leeway) = (now.unix_timestamp() as f64, LEEWAY.as_seconds_f64());
    let begun = |name: &str| match claims.get(name) {
        None => true,
        Some(at) => at.as_f64().is_some_and(|at| at <= now + leeway),
    };
    let ends = claims.get("exp").and_then(Value::as_f64);
    ends.is_some_and(|end| now < end + leeway) && begun("nbf") && begun("iat")
}

#[cfg(test)]
mod tests;
