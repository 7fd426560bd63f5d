//! Access tokens: JWTs (RFC 9068) signed with ES256, verified without asking who issued them.
//!
//! A token is checked in this order: size, header (`alg`, `typ`, `kid`, nothing that names a key
//! or must be understood), issuer, key, signature, `iss`, `aud`, times. Every failure is the same
//! refusal.

mod claims;
mod issue;
mod keys;
mod trusted;

use std::{collections::HashSet, sync::Mutex};

use domain::identity::{
    Identity,
    signing::{KeyId, PublicKeys},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation, dangerous::insecure_decode_claims, decode,
    decode_header,
};
use serde::Deserialize;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::AuthenticationError;
use claims::AccessToken;
pub use issue::{SignError, generate_key, sign};
use keys::KeyCache;
pub use trusted::{ParseTrustedIssuersError, TrustedIssuer, TrustedIssuers};

/// The longest token that is looked at; ours are below 1 KiB.
const LONGEST: usize = 8 * 1024;
/// How far clocks may differ.
const LEEWAY: Duration = Duration::seconds(30);

/// Verifies bearer tokens.
pub trait Tokens: Send + Sync {
    /// Who presents `token`.
    ///
    /// # Errors
    /// When the token is not good, or its key cannot be looked up.
    fn identify(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Identity, AuthenticationError>> + Send;
}

/// No token is good: for APIs with HTTP Basic only, whose binaries stay free of the rest.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTokens;

impl Tokens for NoTokens {
    async fn identify(&self, _: &str, _: OffsetDateTime) -> Result<Identity, AuthenticationError> {
        Err(AuthenticationError::Refused)
    }
}

/// Who issues our tokens, and for whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenTerms {
    /// `iss`: the public URL of the deployment, without a slash at the end.
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
    /// Takes tokens on these terms, signed with one of these keys.
    pub fn new(keys: K, terms: TokenTerms) -> Self {
        Self { keys, terms, trusted: TrustedIssuers::default(), cache: Mutex::default() }
    }

    /// Takes tokens of other issuers as well. One that claims to be us is not heard.
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
        Ok(claims.and_then(AccessToken::read).map(AccessToken::into_identity))
    }
}

impl<K: PublicKeys> Tokens for TokenVerifier<K> {
    async fn identify(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Identity, AuthenticationError> {
        self.check(token, now).await?.ok_or(AuthenticationError::Refused)
    }
}

/// What a token says before anything of it is believed: its header, when it is one we read at
/// all, and its issuer.
fn unverified(token: &str) -> Option<(Header, String)> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    if token.len() > LONGEST {
        return None;
    }
    let header = decode_header(token).ok()?;
    // A header that brings or points to a key is an attack, one with critical extensions asks
    // for what we do not do.
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

/// The claims of a token that is signed with `key`, by `issuer`, for `audience`, and valid now.
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
    validation.required_spec_claims = HashSet::from(["iss", "aud", "exp"].map(str::to_owned));
    // By our own clock, below.
    validation.validate_exp = false;
    let claims = decode::<Value>(token, key, &validation).ok()?.claims;
    in_time(&claims, now).then_some(claims)
}

/// `exp` must be there and ahead; `nbf` and `iat`, where they are, must not be.
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
