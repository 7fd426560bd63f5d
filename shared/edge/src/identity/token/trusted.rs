use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use domain::identity::{ClientId, Identity, Role, Tenant};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use time::OffsetDateTime;

use super::{is_access_token, verified};

/// An issuer of somebody else's whose tokens are taken. Its clients all belong to one tenant:
/// nothing in a token can choose another.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustedIssuer {
    /// `iss`, exactly.
    pub issuer: String,
    /// What `aud` must name.
    pub audience: String,
    /// Whose data its clients see.
    pub tenant: Tenant,
    /// The carrier party ids its clients may act for.
    #[serde(default)]
    pub parties: BTreeSet<String>,
    /// JSON pointer to the claim with the roles: a list, or words separated by spaces.
    #[serde(default = "scope")]
    pub roles_claim: String,
    /// What a word there means here; other words mean nothing.
    pub roles: BTreeMap<String, Role>,
    /// Its public keys (RFC 7517): P-256 for ES256, RSA for RS256, each with a `kid`.
    pub jwks: JwkSet,
}

fn scope() -> String {
    "/scope".to_owned()
}

/// The variable `TRUSTED_ISSUERS` is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseTrustedIssuersError {
    /// Not a JSON list of [`TrustedIssuer`]s.
    #[error("not a JSON list of issuers, each with issuer, audience, tenant, roles and jwks")]
    Malformed,
    /// One issuer stands there twice.
    #[error("an issuer is listed twice")]
    Twice,
    /// A key that is neither P-256 nor RSA, has no name, or cannot be read.
    #[error("a key that is neither P-256 nor RSA, has no kid, or is broken")]
    Key,
}

/// The keys of an issuer by their `kid`.
type Keys = BTreeMap<String, (Algorithm, DecodingKey)>;

/// All trusted issuers: a JSON list of [`TrustedIssuer`]s.
#[derive(Clone, Default)]
pub struct TrustedIssuers(Vec<(TrustedIssuer, Keys)>);

impl FromStr for TrustedIssuers {
    type Err = ParseTrustedIssuersError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let issuers: Vec<TrustedIssuer> =
            serde_json::from_str(text).map_err(|_| ParseTrustedIssuersError::Malformed)?;
        let names: BTreeSet<&str> = issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
        if names.len() != issuers.len() {
            return Err(ParseTrustedIssuersError::Twice);
        }
        let with_keys = |issuer: TrustedIssuer| {
            let keys = issuer.jwks.keys.iter().filter(|key| for_signatures(key)).map(read_key);
            let keys = keys.collect::<Option<_>>().ok_or(ParseTrustedIssuersError::Key)?;
            Ok((issuer, keys))
        };
        Ok(Self(issuers.into_iter().map(with_keys).collect::<Result<_, _>>()?))
    }
}

fn for_signatures(key: &Jwk) -> bool {
    !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption))
}

/// The key decides the algorithm, never the token.
fn read_key(jwk: &Jwk) -> Option<(String, (Algorithm, DecodingKey))> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        _ => return None,
    };
    let key = DecodingKey::from_jwk(jwk).ok()?;
    Some((jwk.common.key_id.clone()?, (algorithm, key)))
}

impl TrustedIssuers {
    /// Who presents a token that says to be of `issuer`.
    pub(super) fn identify(
        &self,
        token: &str,
        header: &Header,
        kid: &str,
        issuer: &str,
        now: OffsetDateTime,
    ) -> Option<Identity> {
        let (trusted, keys) = self.0.iter().find(|(trusted, _)| trusted.issuer == issuer)?;
        // Many issuers call every token a JWT; the audience tells ours apart.
        let jwt = header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("jwt"));
        if !jwt && !is_access_token(header) {
            return None;
        }
        let (algorithm, key) = keys.get(kid)?;
        let claims = verified(token, key, *algorithm, issuer, &trusted.audience, now)?;
        Some(Identity {
            client: client(&claims)?,
            tenant: trusted.tenant.clone(),
            roles: trusted.roles_in(&claims),
            parties: trusted.parties.clone(),
        })
    }
}

/// The client: `client_id` (RFC 9068), `azp` (OpenID Connect), or the subject.
fn client(claims: &Value) -> Option<ClientId> {
    let named = ["client_id", "azp", "sub"].into_iter().find_map(|name| claims.get(name));
    named?.as_str()?.parse().ok()
}

impl TrustedIssuer {
    fn roles_in(&self, claims: &Value) -> BTreeSet<Role> {
        let role = |word: &str| self.roles.get(word).copied();
        match claims.pointer(&self.roles_claim) {
            Some(Value::String(words)) => words.split(' ').filter_map(role).collect(),
            Some(Value::Array(words)) => {
                words.iter().filter_map(Value::as_str).filter_map(role).collect()
            }
            _ => BTreeSet::new(),
        }
    }
}
