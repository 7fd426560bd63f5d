use std::collections::BTreeSet;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use domain::identity::{
    Identity, Role,
    signing::{NewKey, PrivateKey, PublicKey, TOKEN_LIFE},
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{AlgorithmParameters, Jwk, ThumbprintHash},
};
use thiserror::Error;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{TokenTerms, claims::AccessToken};

/// The token cannot be signed because the key is invalid.
#[derive(Debug, Error)]
#[error("signing key broken")]
pub struct SignError;

/// A new access token for a client, with some of its roles, valid for
/// [`domain::identity::signing::TOKEN_LIFE`].
///
/// # Errors
/// The stored key is not a P-256 key.
pub fn sign(
    client: &Identity,
    roles: &BTreeSet<Role>,
    terms: &TokenTerms,
    key: (&PublicKey, &PrivateKey),
    now: OffsetDateTime,
) -> Result<String, SignError> {
    let (public, private) = key;
    let scope: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    let claims = AccessToken {
        iss: terms.issuer.clone(),
        sub: client.client.clone(),
        client_id: client.client.clone(),
        aud: terms.audience.clone(),
        iat: now.unix_timestamp(),
        exp: (now + TOKEN_LIFE).unix_timestamp(),
        jti: Uuid::new_v4().to_string(),
        scope: scope.join(" "),
        tenant: client.tenant.clone(),
        parties: client.parties.clone(),
    };
    let header = Header {
        typ: Some("at+jwt".to_owned()),
        kid: Some(public.id.as_str().to_owned()),
        ..Header::new(Algorithm::ES256)
    };
    let pkcs8 = BASE64.decode(&private.0).map_err(|_| SignError)?;
    encode(&header, &claims, &EncodingKey::from_ec_der(&pkcs8)).map_err(|_| SignError)
}

/// A new P-256 key, named by its RFC 7638 thumbprint.
pub fn generate_key() -> NewKey {
    const PROOF: &str = "the library reads the keys it makes";
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
        .expect("the kernel's generator cannot fail once the system has started");
    let key = EncodingKey::from_ec_der(pkcs8.as_ref());
    let jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).expect(PROOF);
    let id = jwk.thumbprint(ThumbprintHash::SHA256).expect(PROOF);
    let AlgorithmParameters::EllipticCurve(point) = jwk.algorithm else {
        unreachable!("a P-256 key is a point on a curve")
    };
    let id = id.parse().expect("base64url of 32 bytes is a key id");
    NewKey {
        public: PublicKey { id, x: point.x, y: point.y },
        private: PrivateKey(BASE64.encode(pkcs8.as_ref())),
    }
}
