mod fetched;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
    sync::Arc,
};

use domain::identity::{ClientId, Identity, Role, Tenant};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use time::OffsetDateTime;

use super::{is_access_token, verified};
use crate::identity::AuthenticationError;
use fetched::FetchedKeys;

/// A third-party issuer whose tokens are accepted. Its clients belong to one tenant, which no claim
/// of a token can change.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustedIssuer {
    /// `iss`, exactly.
    pub issuer: String,
    /// The required `aud`.
    pub audience: String,
    /// The tenant of its clients.
    pub tenant: Tenant,
    /// The carrier party ids its clients may act for.
    #[serde(default)]
    pub parties: BTreeSet<String>,
    /// JSON pointer to the claim with the roles: a list, or names separated by spaces.
    #[serde(default = "scope")]
    pub roles_claim: String,
    /// Maps role names of the issuer to our roles; other names are ignored.
    pub roles: BTreeMap<String, Role>,
    /// Its public keys (RFC 7517): P-256 for ES256, RSA for RS256, each with a `kid`.
    pub jwks: Option<JwkSet>,
    /// The URL of its published keys, if `jwks` is absent: https, or http on a loopback address.
    pub jwks_uri: Option<String>,
}

fn scope() -> String {
    "/scope".to_owned()
}

/// The variable `TRUSTED_ISSUERS` is invalid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseTrustedIssuersError {
    /// Not a JSON list of [`TrustedIssuer`]s.
    #[error("not a JSON list of issuers, each with issuer, audience, tenant, roles and keys")]
    Malformed,
    /// Not exactly one source of keys, or an insecure one.
    #[error("an issuer has not either jwks or a jwksUri, which is https")]
    Source,
    /// An issuer is listed twice.
    #[error("an issuer is listed twice")]
    Twice,
    /// A key is neither P-256 nor RSA, has no `kid`, or is malformed.
    #[error("a key that is neither P-256 nor RSA, has no kid, or is broken")]
    Key,
}

/// A public key and its only algorithm.
type Key = (Algorithm, DecodingKey);
/// The keys of an issuer by their `kid`.
type Keys = BTreeMap<String, Key>;

/// The source of an issuer's keys.
enum Source {
    Given(Keys),
    Fetched(FetchedKeys),
}

/// All trusted issuers: a JSON list of [`TrustedIssuer`]s. Clones share the fetched keys.
#[derive(Clone, Default)]
pub struct TrustedIssuers(Arc<[(TrustedIssuer, Source)]>);

impl fmt::Debug for TrustedIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(trusted, _)| &trusted.issuer)).finish()
    }
}

impl FromStr for TrustedIssuers {
    type Err = ParseTrustedIssuersError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let issuers: Vec<TrustedIssuer> =
            serde_json::from_str(text).map_err(|_| ParseTrustedIssuersError::Malformed)?;
        let names: BTreeSet<&str> = issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
        if names.len() != issuers.len() {
            return Err(ParseTrustedIssuersError::Twice);
        }
        let with_keys = |issuer: TrustedIssuer| Ok((source(&issuer)?, issuer));
        let known = issuers.into_iter().map(with_keys).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(known.into_iter().map(|(source, issuer)| (issuer, source)).collect()))
    }
}

fn source(issuer: &TrustedIssuer) -> Result<Source, ParseTrustedIssuersError> {
    match (&issuer.jwks, &issuer.jwks_uri) {
        (Some(jwks), None) => {
            let keys = jwks.keys.iter().filter(|key| for_signatures(key)).map(parse_key);
            let keys = keys.collect::<Option<_>>().ok_or(ParseTrustedIssuersError::Key)?;
            Ok(Source::Given(keys))
        }
        (None, Some(uri)) => {
            FetchedKeys::at(uri).map(Source::Fetched).ok_or(ParseTrustedIssuersError::Source)
        }
        _ => Err(ParseTrustedIssuersError::Source),
    }
}

fn for_signatures(key: &Jwk) -> bool {
    !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption))
}

/// The key determines the algorithm, not the token.
fn parse_key(jwk: &Jwk) -> Option<(String, (Algorithm, DecodingKey))> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        _ => return None,
    };
    match (jwk.common.key_algorithm, algorithm) {
        (None, _)
        | (Some(KeyAlgorithm::ES256), Algorithm::ES256)
        | (Some(KeyAlgorithm::RS256), Algorithm::RS256) => {}
        _ => return None,
    }
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((jwk.common.key_id.clone()?, (algorithm, key)))
}

impl TrustedIssuers {
    /// Identifies the bearer of a token whose unverified issuer is `issuer`.
    pub(super) async fn identify(
        &self,
        token: &str,
        header: &Header,
        kid: &str,
        issuer: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Identity>, AuthenticationError> {
        let trusted = self.0.iter().find(|(trusted, _)| trusted.issuer == issuer);
        let Some((trusted, source)) = trusted else { return Ok(None) };
        // Many issuers set `typ` to JWT for every token; the audience identifies those for us.
        let jwt = header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("jwt"));
        let ours = matches!(header.alg, Algorithm::ES256 | Algorithm::RS256);
        if !ours || (!jwt && !is_access_token(header)) {
            return Ok(None);
        }
        let key = match source {
            Source::Given(keys) => keys.get(kid).cloned(),
            Source::Fetched(keys) => keys.key(kid, now).await?,
        };
        let Some((algorithm, key)) = key else { return Ok(None) };
        let claims = verified(token, &key, algorithm, issuer, &trusted.audience, now);
        Ok(claims.and_then(|claims| trusted.identity(&claims)))
    }
}

/// The client: `client_id` (RFC 9068), `azp` (OpenID Connect), or the subject.
fn client(claims: &Value) -> Option<ClientId> {
    let named = ["client_id", "azp", "sub"].into_iter().find_map(|name| claims.get(name));
    named?.as_str()?.parse().ok()
}

impl TrustedIssuer {
    fn identity(&self, claims: &Value) -> Option<Identity> {
        Some(Identity {
            client: client(claims)?,
            tenant: self.tenant.clone(),
            roles: self.roles_in(claims),
            parties: self.parties.clone(),
        })
    }

    fn roles_in(&self, claims: &Value) -> BTreeSet<Role> {
        let role = |name: &str| self.roles.get(name).copied();
        match claims.pointer(&self.roles_claim) {
            Some(Value::String(names)) => names.split(' ').filter_map(role).collect(),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).filter_map(role).collect()
            }
            _ => BTreeSet::new(),
        }
    }
}
